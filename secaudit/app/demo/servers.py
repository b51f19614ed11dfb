"""The sample city: nine services on 127.0.0.0/8, most of them wrong in the usual ways.

They are real servers in threads of this process, reachable from this machine alone. Organisations
and devices are invented and marked "(contoh)".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Self

from secaudit.app.demo import conversations
from secaudit.app.demo.certificates import (
    Credentials,
    DemoAuthority,
    Validity,
    modern_context,
    neglected_context,
    self_signed,
)
from secaudit.app.demo.listener import Conversation, Listener
from secaudit.core.errors import NotFoundError

ZONE = "kantor"
DOMAIN = "kota-contoh.example"
NETWORK = "127.0.77.0/24"


@dataclass(frozen=True)
class DemoAsset:
    """One row of the sample city's inventory. Criticality is 1 (low) to 3 (high)."""

    key: str
    name: str
    address: str
    owner: str
    host_name: str
    port: int
    """The port that it prefers; see :attr:`DemoCity.ports` for the one that it got."""
    confidentiality: int
    integrity: int
    availability: int
    fault: str
    """What is wrong with it, in English; empty for what is as it should be."""
    zone: str = ZONE
    kind: str = "it"


def _asset(
    key: str, name: str, number: int, owner: str, port: int, cia: tuple[int, int, int], fault: str
) -> DemoAsset:
    address, host_name = f"127.0.77.{number}", f"{key}.{DOMAIN}"
    return DemoAsset(key, name, address, f"{owner} (contoh)", host_name, port, *cia, fault)


_KOMINFO = "Dinas Komunikasi dan Informatika"
INVENTORY: tuple[DemoAsset, ...] = (
    _asset("portal", "Portal layanan publik", 11, _KOMINFO, 8443, (2, 3, 3), "expired certificate"),
    _asset("surat", "Persuratan dinas", 12, "Sekretariat Daerah", 8443, (3, 3, 2), "self-signed"),
    _asset(
        "izin",
        "Perizinan daring",
        13,
        "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu",
        8443,
        (3, 3, 2),
        "certificate of another name",
    ),
    _asset(
        "pegawai",
        "Sistem informasi kepegawaian",
        14,
        "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
        8443,
        (3, 2, 1),
        "TLS 1.0 with weak suites",
    ),
    _asset("data", "Portal satu data", 15, _KOMINFO, 8443, (1, 3, 2), ""),
    _asset("situs", "Situs resmi", 16, _KOMINFO, 8080, (1, 2, 2), ""),
    _asset("cctv", "Kamera CCTV simpang", 17, "Dinas Perhubungan", 2323, (2, 2, 2), "telnet"),
    _asset("berkas", "Server berkas sekolah", 18, "Dinas Pendidikan", 2121, (2, 2, 1), "ftp"),
    _asset(
        "antrean", "Basis data antrean", 19, "Dinas Kesehatan", 6379, (3, 3, 2), "open database"
    ),
)
_BY_KEY: Mapping[str, DemoAsset] = {asset.key: asset for asset in INVENTORY}
REPAIRABLE = "portal"


@dataclass
class DemoCity:
    """Starts and stops the sample city; use it in a ``with`` block."""

    authority: DemoAuthority = field(default_factory=DemoAuthority)
    _listeners: dict[str, Listener] = field(default_factory=dict)

    @property
    def inventory(self) -> tuple[DemoAsset, ...]:
        """Everything that the city has, for the asset import."""
        return INVENTORY

    @property
    def ports(self) -> Mapping[str, int]:
        """The port of each running service, by its key."""
        return {key: listener.port for key, listener in self._listeners.items()}

    @property
    def ca_pem(self) -> bytes:
        """The root of the city's own authority, for the workspace's trust folder."""
        return self.authority.root_pem

    def start(self) -> None:
        """Start every service. On a failure none is left running. Raises InternalError."""
        try:
            for asset in INVENTORY:
                listener = _OPENERS[asset.key](self, asset)
                self._listeners[asset.key] = listener
                listener.start()
        except BaseException:
            self.stop()
            raise

    def repair(self, key: str) -> None:
        """Give a web server a fresh certificate of its own name. Raises NotFoundError."""
        asset, listener = _BY_KEY.get(key), self._listeners.get(key)
        if asset is None or listener is None or asset.port != 8443:
            raise NotFoundError("no running web server {name!r} in the sample city", name=key)
        listener.present(modern_context(self.authority.issue(asset.host_name)))

    def stop(self) -> None:
        """Stop everything; harmless when nothing runs."""
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


def _secured(asset: DemoAsset, credentials: Credentials, *, strict: bool = False) -> Listener:
    page = conversations.web_page(asset.name, strict=strict)
    return Listener(asset.address, asset.port, page, modern_context(credentials))


def _portal(city: DemoCity, asset: DemoAsset) -> Listener:
    expired = Validity.lasting(timedelta(days=365), ended=timedelta(days=63))
    return _secured(asset, city.authority.issue(asset.host_name, expired))


def _surat(_city: DemoCity, asset: DemoAsset) -> Listener:
    return _secured(asset, self_signed(asset.host_name, Validity.lasting(timedelta(days=3650))))


def _izin(city: DemoCity, asset: DemoAsset) -> Listener:
    return _secured(asset, city.authority.issue(f"lama.{DOMAIN}"))


def _pegawai(city: DemoCity, asset: DemoAsset) -> Listener:
    credentials = city.authority.issue(asset.host_name, rsa_key=True)
    page = conversations.web_page(asset.name)
    return Listener(asset.address, asset.port, page, neglected_context(credentials))


def _data(city: DemoCity, asset: DemoAsset) -> Listener:
    return _secured(asset, city.authority.issue(asset.host_name), strict=True)


def _situs(city: DemoCity, asset: DemoAsset) -> Listener:
    destination = f"https://{_BY_KEY['data'].host_name}:{city.ports['data']}/"
    return Listener(asset.address, asset.port, conversations.redirect(destination))


def _plain(conversation: Conversation) -> Callable[[DemoCity, DemoAsset], Listener]:
    return lambda _city, asset: Listener(asset.address, asset.port, conversation)


_OPENERS: Mapping[str, Callable[[DemoCity, DemoAsset], Listener]] = {
    "portal": _portal,
    "surat": _surat,
    "izin": _izin,
    "pegawai": _pegawai,
    "data": _data,
    "situs": _situs,
    "cctv": _plain(conversations.telnet),
    "berkas": _plain(conversations.ftp),
    "antrean": _plain(conversations.redis),
}
