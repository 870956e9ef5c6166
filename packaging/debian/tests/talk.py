"""talk.py ADDRESS ADDRESS: two people in a room; what one says, both hear."""

import asyncio
import json
import sys

import websockets


async def hear(socket, event):
    while True:
        message = json.loads(await socket.recv())
        if message["event"] == event:
            return message["payload"]


async def main(one, other):
    async with websockets.connect(one) as ann, websockets.connect(other) as bob:
        await hear(ann, "room_state")
        await hear(bob, "room_state")
        said = {"event": "add_chat", "payload": {"chatContent": "hello"}, "id": 1}
        await ann.send(json.dumps(said))
        for socket in ann, bob:
            heard = await hear(socket, "add_chat")
            assert (heard["clientId"], heard["chatContent"]) == ("ann", "hello"), heard


asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), 60))
