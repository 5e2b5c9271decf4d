// A private Bluesky on loopback: directory of DIDs, an accounts' server (PDS) and the view of the network (AppView),
// from the npm package @atproto/dev-env. Prints one line of JSON when it is ready; `GET CONTROL/settled` answers when
// all that was posted can be seen. Ports and databases come from the environment; it ends with SIGTERM.
import { createServer } from 'node:http'
import { Server } from 'node:net'

// The package listens on every interface: whatever is opened here is opened on 127.0.0.1.
const listen = Server.prototype.listen
Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === 'object') {
    return listen.call(this, 'port' in first ? { ...first, host: '127.0.0.1' } : first, ...rest)
  }
  const done = rest.find((one) => typeof one === 'function')
  return listen.call(this, { port: Number(first ?? 0), host: '127.0.0.1' }, done)
}

const { TestNetwork } = await import('@atproto/dev-env')
const [plc, pds, bsky, ozone, control] = process.env.PORTS.split(',').map(Number)
const network = await TestNetwork.create({
  dbPostgresSchema: 'rollcall',
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: bsky, publicUrl: `http://localhost:${bsky}` },
  ozone: { port: ozone },
})

createServer(async (request, response) => {
  try {
    await network.processAll(30_000)
    response.end('{}')
  } catch (error) {
    response.statusCode = 500
    response.end(String(error))
  }
}).listen(control)

const end = async () => {
  await network.close().catch(() => {})
  process.exit(0)
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
console.log(JSON.stringify({ ready: network.pds.url }))
