"""Ordinary words out of which texts are made, and how languages count days."""

from __future__ import annotations

ADJECTIVES = (
    "amber ancient azure battered bitter borrowed bright brittle broken bronze calm careful carved cautious chipped"
    " clumsy coarse copper crimson crooked curious damp dented distant dusty eager early earthen elegant empty faded"
    " famous fearless fierce foggy forgotten fragile frosty gentle gilded glossy golden graceful grainy green grumpy"
    " hollow humble humid indigo inky jagged joyful knotted lively lonely loud lucky mellow mended misty modest mossy"
    " narrow noisy odd olive opaque ornate painted pale patient pebbled plain polished proud purple quaint quiet ragged"
    " rainy restless rough rusty sandy scarlet secret shaggy shiny silent silver sleepy slender smoky smooth solemn"
    " spotted steady stubborn sunny tangled tender thorny tidy tiny tranquil turquoise uneven vast velvet vivid warm"
    " weathered wild windy wise wobbly wooden woven yellow young"
)
NOUNS = (
    "acorn anchor apron arch attic awning balcony bamboo barn basin basket beacon bead bell bench blanket boat bottle"
    " bowl branch brass brick broom brush bucket button cabin candle canvas carpet cart case cedar chain chair chalk"
    " chimney clay cliff clock cloak cloud coat coin column comb compass copperplate cork corner courtyard cradle crane"
    " crate cupboard curtain dome drawer drum dune dustpan eagle easel ember fabric fan feather fence ferry fig flag"
    " flute fossil fountain frame gallery gate glove goat granary grove hall hammer harbour hat hearth heron hinge hive"
    " horn inkwell island ivy jar jetty jug kettle key kite knot ladder lagoon lamp lane lantern latch ledger lemon"
    " lens loom marble meadow mill mirror mortar mosaic mug needle nest oar orchard oven owl paddle panel parrot path"
    " pebble pencil pendant pepper pigment pillar pillow pinecone plate plough pocket pond pot pulley quilt quiver raft"
    " railing ribbon ridge ring roof rope saddle sail sandal saucer scarf scroll seed shelf shell shovel shrine sieve"
    " sign slate sled spindle spoon spring stamp stool storm sugar swing table tapestry temple thimble thread thunder"
    " ticket tile torch tower tray trunk tunnel turtle umbrella urn valley vase veranda vessel villa wagon wall walnut"
    " well wharf wheel whistle wicker willow wing yarn yard"
)
VERBS = (
    "admired arranged balanced borrowed brushed carried catalogued chased cleaned collected compared copied counted"
    " covered crossed dated described discovered drew dried dusted emptied examined fetched filled found gathered"
    " glued guarded hauled hid hummed inherited invented kept kissed labelled lifted loaned lost measured mended missed"
    " moved noticed numbered opened packed painted photographed planted polished prepared printed promised protected"
    " pulled recognised repaired rescued returned rolled salvaged saved scrubbed searched shared shook sketched smelled"
    " sorted stacked stitched stored studied swapped traced traded translated unpacked unwrapped varnished visited"
    " washed watched weighed welcomed wrapped"
)
PEOPLE = (
    "apprentice archivist aunt baker barber brother builder captain caretaker carpenter cashier cleaner conductor"
    " conservator cook cousin curator daughter director docent driver editor engineer farmer father florist framer"
    " gardener grandmother guard guide historian intern janitor jeweller judge keeper landlord lecturer librarian"
    " mason mayor mechanic midwife minister mother musician nephew neighbour niece nurse officer painter pharmacist"
    " pilot plumber poet porter potter printer registrar sailor sculptor shepherd sister soldier son student surveyor"
    " tailor teacher uncle volunteer waiter watchman weaver welder"
)
PLACES = (
    "basement bakery barracks bazaar bungalow canteen castle cathedral cellar chapel cinema citadel clinic college"
    " corridor cottage crossroads depot dormitory embassy factory farmhouse foyer garage greenhouse guesthouse hangar"
    " hamlet hospital hostel hotel inn kiosk kitchen laboratory laundry library lobby lodge mansion monastery mosque"
    " observatory office outpost palace parlour pavilion pharmacy plaza port prison quarry quay restaurant rooftop"
    " sanctuary school shed shop square stable stadium station storeroom studio suburb synagogue tavern terrace theatre"
    " tram university vault village vineyard warehouse waterfront wharfside workshop zoo"
)
HOW = (
    "afterwards alone anyway backwards barefoot boldly bravely briefly brightly carefully cheerfully closely coldly"
    " constantly deeply eagerly elsewhere evenly faintly finally firmly freely gladly gratefully happily hastily"
    " honestly hungrily instantly keenly kindly lately lightly loudly merrily nearly neatly nightly often patiently"
    " perfectly politely promptly proudly quickly quietly rarely regularly roughly sadly safely secretly seldom"
    " silently simply slowly softly sometimes somewhere soon steadily strangely suddenly sweetly together tonight"
    " twice upstairs usually warmly weekly wisely"
)
OPENINGS = (
    "Here is", "This was", "Behold", "Look at", "Found:", "From our stores:", "For you all:", "Hello from", "Meet",
    "Once more", "Seen by chance:", "I promised you", "Not quite", "My answer is", "Everybody passes", "We almost lost",
)  # fmt: skip
ENDINGS = (
    "What is yours?", "Greetings to everybody.", "", "", "More soon.", "Who recognises it?", "", "I miss you all.",
    "Best wishes from home.", "",
)  # fmt: skip
GREETINGS = (
    "Good morning dear friends, the kettle sings and our gate stands open again",
    "Salaam to everyone near and far, may your work be light wherever you are",
    "Warm wishes from our little team behind the scenes, we think of you always",
    "Hello hello from under the leaking roof, still dry, still smiling, still here",
    "Waving from platform nine before work begins, who else is awake already",
    "A quick hug across all borders from your sister who never stops talking",
    "Sunshine, coffee, dust and catalogue cards, another shift starts with your company",
    "Peace and good health to each of you, old class and new class alike",
    "Namaste from the rooftop where the pigeons listen, sending strength to colleagues everywhere",
    "Kia ora and big smiles from the far end of the planet tonight",
    "Same bench, same sandwich, same lovely network, thank you for being around",
    "Merhaba everybody, the ferry is late but the company here is excellent",
)
REMARKS = (
    "Wonderful!", "How beautiful.", "This made me smile.", "Where is that?", "I would love to see it.", "So well said.",
    "We have one just like it.", "Thank you for sharing.", "Stunning colours!", "Greetings from all of us.",
    "I did not know that.", "Bravo!", "What a story.", "Please show us more.", "You have not changed at all!",
    "That takes me back.", "Our visitors would like this too.", "Lovely light.", "Who made it?", "Sending a hug.",
)  # fmt: skip
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")

DAY_FORMS = {
    "": ("Day {n}:", "#Day{n}", "Day {n} –", "{n}/{last} #", "Day #{n}.", "DAY {n}!"),
    "arabic": ("اليوم {arabic}:", "اليوم {n} –", "Day {n}:"),
    "persian": ("روز {n}:", "Day {n}:"),
    "turkish": ("Gün {n}:", "{n}. gün,", "Day {n}:"),
    "latin": ("Día {n}:", "#Dia{n}", "Day {n}:"),
    "indian": ("दिन {devanagari}:", "Day {n}:", "Day {n} –"),
    "nepali": ("दिन {devanagari}:", "Day {n}:"),
    "chinese": ("第{n}天：", "Day {n}:"),
    "korean": ("{n}일차:", "Day {n}:"),
    "west_african": ("Jour {n} :", "Day {n}:", "#Day{n}"),
    "central_asian": ("День {n}:", "Day {n}:"),
    "european": ("Tag {n}:", "Giorno {n}:", "Day {n}:"),
}
"""By culture: how somebody from there may write that it is day n; `#` stands for the campaign's hashtag."""


def day_phrase(form: str, n: int, last: int) -> str:
    shown = str(n)
    return form.format(n=n, last=last, arabic=shown.translate(ARABIC), devanagari=shown.translate(DEVANAGARI))
