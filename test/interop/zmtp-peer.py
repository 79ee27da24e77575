"""A peer of ZeroMQ: `zmtp-peer.py SOCKET bind|connect PORT SCRIPT`. It answers on stdout, one line for each step.

The script is steps with commas between them: send:TEXT, sendsize:BYTES, recv, recvsize, topic:TEXT, echo:COUNT (receive
and send back), route:COUNT (the same as ROUTER), wait:MS. Every wait for a message ends after ten seconds.
"""
import sys
import time

import zmq

kind, mode, port, script = sys.argv[1:5]
context = zmq.Context()
socket = context.socket(getattr(zmq, kind))
socket.setsockopt(zmq.RCVTIMEO, 10_000)
socket.setsockopt(zmq.SNDTIMEO, 10_000)
socket.setsockopt(zmq.LINGER, 2_000)
if "--ping" in sys.argv:
    socket.setsockopt(zmq.HEARTBEAT_IVL, 100)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 300)


def say(text):
    print(text, flush=True)


if mode == "bind":
    say("port:%d" % socket.bind_to_random_port("tcp://127.0.0.1"))
else:
    socket.connect("tcp://127.0.0.1:" + port)

for step in script.split(","):
    name, _, value = step.partition(":")
    try:
        if name == "send":
            socket.send_multipart([part.encode() for part in value.split("|")])
        elif name == "sendsize":
            socket.send(bytes(i % 251 for i in range(int(value))))
        elif name == "recv":
            say("got:" + "|".join(part.decode("latin1") for part in socket.recv_multipart()))
        elif name == "recvsize":
            data = socket.recv()
            whole = data == bytes(i % 251 for i in range(len(data)))
            say("size:%d:%s" % (len(data), whole))
        elif name == "topic":
            socket.setsockopt(zmq.SUBSCRIBE, value.encode())
        elif name in ("echo", "route"):
            for _ in range(int(value)):
                parts = socket.recv_multipart()
                if name == "route":
                    parts = parts[:-1] + [b"routed " + parts[-1]]
                socket.send_multipart(parts)
        elif name == "wait":
            time.sleep(int(value) / 1000)
    except zmq.Again:
        say("timeout:" + name)
say("end")
context.destroy()
