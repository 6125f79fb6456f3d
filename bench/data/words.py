"""Indonesian vocabulary and sentence patterns for the generated articles. Word lists, no logic."""

from __future__ import annotations


def _split(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split(","))


CATEGORIES: tuple[tuple[str, str], ...] = (
    ("Berita", "Kabar terbaru dari kota, provinsi, dan gereja lokal."),
    ("Renungan", "Renungan singkat untuk mengawali hari."),
    ("Musik", "Lagu rohani, artis, dan di balik layar rekaman."),
    ("Keluarga", "Pernikahan, anak, dan kehidupan di rumah."),
    ("Kesehatan", "Hidup sehat bersama dokter dan ahli gizi."),
    ("Komunitas", "Cerita pendengar dan kegiatan sosial."),
    ("Program", "Kabar acara siaran dan penyiarnya."),
    ("Kesaksian", "Kesaksian pendengar El Shaddai FM."),
    ("Pemuda", "Dunia kampus, karier, dan pelayanan kaum muda."),
    ("Pendidikan", "Sekolah, beasiswa, dan literasi."),
    ("Ekonomi", "Usaha kecil, koperasi, dan keuangan rumah tangga."),
    ("Budaya", "Tradisi, kuliner, dan bahasa daerah."),
)

AUTHORS: tuple[tuple[str, str, str], ...] = (
    ("Maria Simanjuntak", "maria", "admin"),
    ("Yohanes Wibowo", "yohanes", "editor"),
    ("Debora Hutagalung", "debora", "editor"),
    ("Stefanus Nugroho", "stefanus", "editor"),
    ("Ruth Manurung", "ruth", "editor"),
    ("Petrus Tarigan", "petrus", "editor"),
    ("Lidia Kusuma", "lidia", "editor"),
    ("Samuel Pattinama", "samuel", "penyiar"),
)

CITIES = _split("""
    Jakarta, Bandung, Surabaya, Medan, Semarang, Yogyakarta, Surakarta, Malang, Denpasar, Makassar,
    Manado, Palembang, Padang, Pekanbaru, Pontianak, Banjarmasin, Balikpapan, Samarinda, Kupang, Ambon,
    Jayapura, Sorong, Ternate, Mataram, Palu, Kendari, Gorontalo, Jambi, Bengkulu, Lampung, Bogor,
    Depok, Bekasi, Tangerang, Cirebon, Tasikmalaya, Salatiga, Magelang, Kediri, Blitar, Madiun, Jember,
    Banyuwangi, Probolinggo, Pasuruan, Tegal, Pekalongan, Purwokerto, Klaten, Kudus, Singkawang,
    Tarakan, Bitung, Tomohon, Toraja, Ende, Maumere, Ruteng, Waingapu, Biak, Nabire, Merauke, Timika,
    Wamena, Sibolga, Binjai, Pematangsiantar, Balige, Tarutung, Kabanjahe
""")

FIRST_NAMES = _split("""
    Andreas, Agnes, Bambang, Benyamin, Citra, Christina, Daniel, Dewi, Eko, Ester, Felix, Fransiska,
    Gabriel, Grace, Hendra, Hana, Ignatius, Intan, Joko, Jessica, Kevin, Kartika, Lukas, Lestari,
    Markus, Melati, Natanael, Nita, Oktavianus, Oktavia, Paulus, Putri, Rahel, Ricky, Sari, Simon,
    Tabita, Thomas, Ulrich, Vera, Vincent, Wati, Willem, Yakobus, Yuliana, Zakaria
""")

LAST_NAMES = _split("""
    Siregar, Nasution, Sinaga, Situmorang, Panjaitan, Sembiring, Ginting, Santoso, Prasetyo, Wijaya,
    Halim, Gunawan, Setiawan, Hartono, Susanto, Lumban, Mandagi, Rumengan, Tumbelaka, Wenas, Latuheru,
    Tahalea, Sahetapy, Kogoya, Wanggai, Rumbiak, Lakoni, Djami, Nope, Tallo, Boru, Pasaribu, Marpaung,
    Saragih, Purba, Damanik, Sutanto, Kurniawan, Handoko, Mulyadi
""")

VILLAGE_HEADS = _split("""
    Suka, Sido, Karang, Tanjung, Wono, Sumber, Kali, Gunung, Batu, Mekar, Marga, Argo, Banyu, Bumi,
    Cipta, Tegal, Rawa, Pulo, Muara, Giri, Kerto, Purwo, Adi, Jati, Rejo, Tirto, Pandan, Wana
""")

VILLAGE_TAILS = _split("""
    maju, mulyo, sari, jaya, agung, makmur, indah, harjo, tani, wangi, baru, asri, dadi, raya, lestari,
    sekar, mukti, ayu, kencana, laras, waras, tama, nagara, winangun, rahayu, bakti, kerti, sentosa,
    tengah, lor
""")

SUBJECTS = _split("""
    jemaat, para pendengar, panitia, tim penyiar, kaum muda, para guru, komunitas ibu, paduan suara,
    pelayan mimbar, warga, relawan, mahasiswa, pelaku usaha, tenaga kesehatan, para petani, nelayan,
    pengurus gereja, keluarga muda, para lansia, kelompok doa, musisi rohani, pendeta, pemerintah kota,
    siswa sekolah minggu, pengrajin, koperasi, orang tua, perantau, penulis lagu, teknisi studio
""")

VERBS = _split("""
    mengumpulkan, menyiapkan, membagikan, merayakan, mendukung, mengunjungi, memperbaiki, membangun,
    mempelajari, menceritakan, menyanyikan, mendoakan, mengajarkan, memulai, melanjutkan, menggagas,
    merawat, membuka, menyelenggarakan, menghidupkan, menyiarkan, memperkenalkan, menguatkan,
    menghadirkan, menyambut, melatih, mencatat, menanam, menyalurkan, mendampingi
""")

OBJECTS = _split("""
    bantuan sembako, rumah baca, kelas musik, ibadah padang, konser amal, kebun sayur, layanan kesehatan
    gratis, pelatihan menulis, donor darah, kelompok belajar, siaran pagi, lagu daerah, pasar murah,
    dana beasiswa, air bersih, panti asuhan, perpustakaan keliling, kursus bahasa, lomba paduan suara,
    retret keluarga, kunjungan rumah sakit, dapur umum, taman bermain, peralatan studio, alat musik
    tradisional, program daur ulang, tenun ikat, kopi lokal, kelas memasak, bimbingan pranikah,
    posyandu, tabungan bersama, seminar keuangan, liputan khusus, jembatan kayu, gedung serbaguna,
    sekolah minggu, doa syafaat, malam pujian, arsip rekaman
""")

ENDINGS = _split("""
    sejak awal tahun, setiap Sabtu sore, di tengah musim hujan, tanpa memandang latar belakang, dengan
    penuh sukacita, bersama pemerintah setempat, meski dana terbatas, atas usulan pendengar, selama tiga
    hari berturut-turut, untuk anak-anak di pelosok, menjelang Natal, sesudah ibadah pagi, di halaman
    gereja, lewat siaran langsung, dengan semangat gotong royong, sebagai ungkapan syukur, bagi keluarga
    yang terdampak banjir, sampai larut malam
""")

TOPICS = _split("""
    harapan, pengampunan, ketekunan, sukacita, kesetiaan, kerendahan hati, damai sejahtera, kesabaran,
    kejujuran, keberanian, belas kasih, pengharapan, persahabatan, kemandirian, kebersamaan,
    kesederhanaan, pelayanan, penghiburan
""")

LINKS: tuple[str, ...] = (
    "Selain itu,",
    "Karena itu,",
    "Menurut panitia,",
    "Pada kesempatan yang sama,",
    "Beberapa pekan lalu,",
    "Seperti tahun sebelumnya,",
    "Di sisi lain,",
    "Hingga kini,",
    "Dalam siaran El Shaddai FM,",
    "Tidak lama kemudian,",
)

QUOTES: tuple[str, ...] = (
    "Kami percaya kasih yang kecil pun dapat mengubah satu kampung",
    "Radio menemani saya ketika rumah terasa sepi",
    "Yang penting bukan besarnya, melainkan kesetiaannya",
    "Anak-anak itu mengajari kami arti bersyukur",
    "Setiap lagu punya cerita, dan setiap cerita butuh didengar",
    "Kalau dikerjakan bersama, beban berat menjadi ringan",
    "Doa kami sederhana: jangan ada yang berjalan sendirian",
    "Saya datang sebagai pendengar dan pulang sebagai sahabat",
)

TITLES: tuple[str, ...] = (
    "{city} {verb} {object}",
    "Cerita {name} {verb} {object} di {city}",
    "Belajar {topic} dari {subject} {city}",
    "{object} kembali hadir di {city}",
    "Ketika {subject} {verb} {object}",
    "{name}: {topic} di tengah kota {city}",
    "Lima alasan {subject} {verb} {object}",
    "Menemukan {topic} bersama {name}",
)
