"""An invented regulation of 'Kota Contoh', written for the tests: no real city made it.

``HEAD`` and ``FOOT`` stand around articles that each test writes.
"""

from controls.regulation.parse import parse
from controls.regulation.tree import Regulation

HEAD = """\
WALI KOTA CONTOH
PROVINSI CONTOH

PERATURAN DAERAH KOTA CONTOH
NOMOR 7 TAHUN 2031
TENTANG
PENJAGAAN SISTEM ELEKTRONIK CONTOH

DENGAN RAHMAT TUHAN YANG MAHA ESA

WALI KOTA CONTOH,

Menimbang : a. bahwa naskah ini karangan untuk pengujian perangkat lunak;
- b. bahwa tidak ada kota yang pernah menetapkan naskah ini;
Mengingat : 1. Pasal 18 ayat (6) Undang-Undang Dasar karangan;
2. Undang-Undang karangan tentang Contoh;

MEMUTUSKAN:

Menetapkan : PERATURAN DAERAH TENTANG PENJAGAAN SISTEM ELEKTRONIK CONTOH.

"""
BODY = """\
BAB I
KETENTUAN UMUM

Pasal 1

Dalam Peraturan Daerah ini yang dimaksud dengan:
1. Kota adalah Kota Contoh.
2. Sandi adalah kriptografi yang dipakai oleh Kota.

BAB II
PENJAGAAN

Pasal 2

(1) Kota wajib menjaga keamanan informasi dengan:
a. enkripsi;
b. pencadangan; dan
c. audit keamanan.
(2) Penjagaan sebagaimana dimaksud pada ayat (1) dilaksanakan oleh Dinas Contoh.

Pasal 3

Peraturan Daerah ini mulai berlaku pada tanggal diundangkan.

"""
FOOT = """\
Agar setiap orang mengetahuinya, memerintahkan pengundangan Peraturan Daerah ini.

Ditetapkan di Contoh
pada tanggal 1 Januari 2031

PENJELASAN
ATAS
PERATURAN DAERAH KOTA CONTOH
NOMOR 7 TAHUN 2031

I. UMUM

Naskah karangan ini menjelaskan dirinya untuk pengujian.

II. PASAL DEMI PASAL

Pasal 1
Cukup jelas.
Pasal 2
Ayat (1)
Huruf a.
Yang dimaksud dengan enkripsi adalah penyandian karangan.
Huruf b
Cukup jelas
Huruf c
Cukup jelas.
Ayat (2)
Cukup jelas.
- Pasal 3
Cukup jelas.
"""
WHOLE = HEAD + BODY + FOOT


def read(text: str) -> Regulation:
    """Parse a text of the tests."""
    return parse(text, "contoh.txt")


def articles(text: str) -> Regulation:
    """Parse articles, between the sample's head and nothing."""
    return read(HEAD + text)


def words_of(regulation: Regulation) -> dict[str, str]:
    """The own words of each part by its id."""
    return {item.id: item.text for item in regulation.provisions}
