"""The floor: the same hops and the same writes in raw nats-py and asyncpg, as fast as Python reasonably goes.

It reads JSON where it must and checks nothing; it opens and encrypts contents, as the job demands that; it knows no
rule beyond what a message's way needs. What it lacks is what the services add: contracts, refusals, doors, care.
"""
