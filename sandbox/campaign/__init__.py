"""A campaign written as counted posts, ties and quotas, expanded into a world of people and planned posts.

`expand.expanded(DIR)` does it. The order: `files` reads, `cast` names the people and their accounts, `words` writes,
`counted` plans what counts and its copies, `expand` everything else. All of it follows from the files and the seed.
"""
