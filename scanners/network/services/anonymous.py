"""The least read that proves published anonymous access. Only where the authorisation names it.

FTP logs in as ``anonymous`` and leaves; Redis gets PING; memcached tells its version; MongoDB lists
the names of its databases; MQTT accepts a nameless client, which leaves at once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from scanners.network.services import databases, platforms
from scanners.network.services.facts import Service, short
from scanners.network.services.talk import Talk, a_line, all_lines, anything

AnonymousRead = Callable[[Talk, Service, float], Awaitable[Service]]


async def _ftp(talk: Talk, service: Service, seconds: float) -> Service:
    greeting = await talk.hear(seconds, all_lines)
    if not greeting.startswith(b"220"):
        return service
    answer = await talk.ask(b"USER anonymous\r\n", seconds, all_lines)
    if answer.startswith(b"331"):
        answer = await talk.ask(b"PASS secaudit@invalid\r\n", seconds, all_lines)
    await talk.say(b"QUIT\r\n")
    if answer.startswith(b"230"):
        return replace(service, anonymous=True)
    return replace(service, anonymous=False) if answer[:1] == b"5" else service


async def _redis(talk: Talk, service: Service, seconds: float) -> Service:
    answer = await talk.ask(b"PING\r\n", seconds, a_line)
    return replace(service, anonymous=databases.read_redis_ping(answer))


async def _memcached(talk: Talk, service: Service, seconds: float) -> Service:
    answer = await talk.ask(b"version\r\n", seconds, a_line)
    if not answer.startswith(b"VERSION "):
        return service
    version = short(answer.splitlines()[0][8:].decode("latin-1"))
    return replace(service, anonymous=True, product="memcached", version=version)


async def _mongodb(talk: Talk, service: Service, seconds: float) -> Service:
    answer = await talk.ask(databases.mongodb_list_databases(), seconds, anything)
    return replace(service, anonymous=databases.read_mongodb_databases(answer))


async def _mqtt(talk: Talk, service: Service, seconds: float) -> Service:
    answer = await talk.ask(platforms.mqtt_connect(4), seconds, anything)
    welcome = platforms.read_mqtt_welcome(answer)
    if welcome:
        await talk.say(b"\xe0\x00")
    return replace(service, anonymous=welcome)


ANONYMOUS_READS: Mapping[str, AnonymousRead] = {
    "ftp": _ftp,
    "redis": _redis,
    "memcached": _memcached,
    "mongodb": _mongodb,
    "mqtt": _mqtt,
}
"""By the name of the service; each on a connection of its own."""
