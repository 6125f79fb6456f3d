"""Indonesian: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words, promises

__all__ = ["INDONESIAN"]

INDONESIAN = Language(
    code="id",
    plain=plain_words("id"),
    phrases="""
    apa yang paling nyaman|mana yang paling nyaman|kapan yang paling nyaman|paling nyaman untuk kakak
    paling nyaman buat kakak|paling nyaman untuk bapak|paling nyaman untuk ibu|apa yang paling cocok
    mana yang paling cocok|mana yang paling pas|paling cocok untuk kakak|yang paling disukai kakak
    hanya bisa kami layani|hanya dapat kami layani|hanya kami layani|kami layani dengan|kakak tiba|ibu tiba
    bapak tiba|setibanya|saat tiba|tiba di toko|tiba di lokasi|semua bagian|paling lambat jam berapa
    jangan sampai salah|hasil akhirnya seperti apa|kapan saja rencananya|tanggal berapa rencananya
    gak masalah|nggak masalah|ga masalah|gak papa|gpp|selamat pagi|selamat siang|selamat sore|selamat malam
    selamat datang|terima kasih|sama sama|tidak apa apa|gak apa apa|gapapa|apa kabar|mohon ditunggu
    mohon tunggu|alamat pengiriman|harga pas|sudah pas|harganya sudah pas|belum termasuk ongkos kirim
    belum termasuk ongkir|belum termasuk ongkos|tidak masalah|di atas|di bawah|dua duanya|tanya tanya
    lihat lihat|ada yang bisa|hari senin|hari selasa|hari rabu|hari kamis|hari jumat|hari sabtu|hari minggu
    yang paling murah|paling murah yang|sampai minggu depan|kode pos|paling tinggi|paling rendah|sampai jumpa
    sampai nanti|untuk hadiah|buat hadiah|untuk kado|bonus tidak ada|semoga hari|tidak bisa dikurangi
    belum bisa dikurangi|tidak bisa kurang|belum bisa kurang|senang bisa membantu|biaya kirim|mohon maaf
    sehat selalu|sukses selalu|lancar selalu|anak anak|orang tua|semua orang|cepat atau lambat
    secepatnya kami|secepatnya dikabari|kami kabari secepatnya|secepatnya ya|segera kami|bersih bersih
    enak dipanggil|enaknya dipanggil|enaknya yang|enaknya gimana|cepat sembuh|lekas sembuh|gampang kok
    jam berapa|bagian produksi|di tangan kakak|tangan kanan|tangan kiri|panas panas|dingin dingin|cuaca panas
    lagi panas|hari terakhir apa|terakhir kali|paling lama tunggu|kasih tahu|kasih tau|kasih kabar|kasih info
    kasih waktu|saya kasih kabar|saya kasih tahu|saya kasih tau|kami kasih kabar|kami kasih tahu
    kami kasih tau|aku kasih tau|kami bantu tanyakan|tambahan info|informasi tambahan|info tambahan
    pertanyaan tambahan|ditanyakan dulu|bayar di mana|uang tunai atau|sesuai katalog|sesuai catatan
    sesuai yang tertulis|sesuai data|sesuaikan alamat|cocok yang mana|tidak bisa turun|belum bisa turun
    gak bisa turun|nggak bisa turun|ga bisa turun|turunin lagi|turun lagi belum|turun harga belum bisa
    lebih suka|lebih baik tanya|lebih pasti|lebih jelas|lebih jelasnya|lebih lanjut|lebih dulu
    lebih lengkapnya|lebih pasnya|lebih tepatnya|lebih detail|lebih detailnya|setiap hari senin
    tiap hari senin|setiap senin|tiap senin|setiap hari selasa|tiap hari selasa|setiap selasa|tiap selasa
    setiap hari rabu|tiap hari rabu|setiap rabu|tiap rabu|setiap hari kamis|tiap hari kamis|setiap kamis
    tiap kamis|setiap hari jumat|tiap hari jumat|setiap jumat|tiap jumat|setiap hari sabtu|tiap hari sabtu
    setiap sabtu|tiap sabtu|setiap hari minggu|tiap hari minggu|setiap minggu|tiap minggu|alamat lengkap sama
    alamat lengkap dengan|alamat lengkap|nama lengkap sama|nama lengkap|lengkapnya|alamat sama nomor
    nama sama alamat|nama sama nomor|nama alamat sama|izin saya|izin kami|izin bertanya|izin tanya
    izin menanyakan|mohon izin|izin cek|izin konfirmasi|saya izin|aku izin|memberi tahu|memberi kabar
    memberi informasi|memberi info|izinkan saya|izinkan kami|izinkan aku|janji temu|janji temunya|janjian
    dengan janji|buat janji|membuat janji|bikin janji
    """,
    kinds=promises("id"),
    numbers="""
    nol 0 kosong 0 satu 1 dua 2 tiga 3 empat 4 lima 5 enam 6 tujuh 7 delapan 8 sembilan 9 sepuluh 10 sebelas 11
    seratus 100 seribu 1000 sejuta 1000000 duo 2 ceban 10000 goceng 5000 seceng 1000 gocap 50000 cepek 100
    noban 20000 gopek 500 ceng 1000
    """,
    scales="""
    belas 0 puluh 10 ratus 100 ribu 1000 rb 1000 rbu 1000 rebu 1000 ribuan 1000 rban 1000 k 1000 juta 1000000
    jt 1000000 jutaan 1000000 miliar 1000000000 milyar 1000000000
    """,
    ones="satu se",
    joins="",
    spans="""
    detik second menit minute jam hour hari day minggu week pekan week bulan month tahun year malam day malem day
    setahun year1 sebulan month1 seminggu week1 sehari day1 semalam day1 sejam hour1 dekade decade abad century
    """,
    money="rupiah IDR perak IDR dollar $ dolar $ euro EUR ringgit MYR yen JPY pound GBP riyal riyal",
    prices="""
    harga* biaya* ongkir* ongkos tarif* bayar* dibanderol dp total* senilai seharga jadi cuma hanya mulai dari
    cost price only
    """,
    percents="persen|percent|pct",
    working="kerja",
    negators="""
    tidak tdk tak belum blm nggak ngga enggak gak ga gk no not bukan tanpa ndak nda ora mboten dereng gada
    gaada gabisa gbisa lom blom belom tiada
    """,
    fillers="""
    ada memiliki punya mempunyai menawarkan menyediakan memberikan memberi dapat bisa termasuk menerima melayani
    sedang informasi info keterangan data tentang mengenai soal untuk program layanan opsi pilihan kebijakan
    tersedia kasih menjual jual lagi ya pakai saat ini sekarang kami kita berlaku buat sama sekali jenis kena
    dalam mengadakan adakan
    """,
    denied_after="ada tersedia termasuk bisa dapat berlaku kami punya",
    checks="""
    liat lihat cari tanyain nanyain cek dicek tanya* ditanya* tahu tau tanyakan pastikan dipastikan
    memastikan konfirmasi periksa informasi* info lihat beritahu jawab yakin pastiin dipastiin mastiin
    tanglet cekkan cekin disebut* tertulis tercantum tertera keterangan* deskripsi* katalog* bilang jawab*
    sambungin sambungkan terusin teruskan diteruskan sampein sampaikan disampaikan kutanyain kutanyakan
    kutanya kucek kucekkan konfirmasi* dikonfirmasi mengonfirmasi menanyakan
    """,
    about="""
    apakah soal mengenai tentang kalau apa kapan berapa bagaimana seberapa untuk buat bab masalah perkara
    kalo klo terkait perihal seputar
    """,
    breakers="tapi tetapi namun jadi maka karena plus dan meski sedangkan",
    sizes="ukuran* size* nomor* no panjang* lingkar kaki sepatu",
    orders="pesanan* order* nomor* nota faktur resi invoice kode tracking no",
    pieces="""
    orang pasang buah pcs pc unit bungkus kotak biji botol lembar potong set pak lusin dus box helai toples
    porsi item kaleng sachet saset renteng loyang iris batang tangkai ikat gulung butir ekor karton kardus
    sisir
    """,
    dates="""
    januari februari maret april mei juni juli agustus september oktober november desember jan feb mar apr jun
    jul agu agt sep okt nov des tanggal tgl sejak
    """,
    times="jam pukul sampai sampe dari hingga antara",
    titles="""
    halo hai hi kak kakak bu ibu bapak pak mas mbak mba bang sis gan bunda adik terima kasih baik siap selamat
    nama a.n
    """,
    moves="""
    kirim* dikirim* sampai tiba terkirim datang antar* diantar* jadi selesai siap berangkat jalan proses
    diproses mulai dimulai diadakan berlangsung digelar
    """,
    meets="datang mampir ambil kunjungi catat* dicatat tunggu ditunggu bertemu ketemu",
    pays="bayar* membayar dibayar keluar* ongkos",
    mays="bisa dapat menerima melayani ada belum",
    above="atas minimal minimum lebih mulai",
    affirms="""
    masih
    iya betul|bener|yoi|dong bisa|santai
    sampe kak|sampai kak|sampe kok|nyampe kak|nyampe kok
    iya|ya bisa|bisa|boleh|oke|ok|siap|deal|jadi|betul|benar|tentu|pasti|ada|ready|sip|setuju|juga
    """,
    talk="""
    lihat dulu|kami lihat|saya lihat|santai|sambungkan|disambungkan|menyusul|alihkan|jangan sungkan|fotonya
    lupa|ceritakan|diceritakan|laporan|masukan|bagus|keren|mantap|cantik|cakep|tidak apa|gak apa|gapapa
    gak papa|gpp|tidak masalah|gak masalah|nggak masalah|ga masalah|belum termasuk|isi format|lewat sini
    di sini ya|balas|dibalas|kaget|harganya segitu|memang segitu|betul sekali|cocoknya|yang mana|halo|hai|hi
    selamat|salam|assalamualaikum|waalaikumsalam|terima kasih|makasih|makasi|trims|thanks|sama sama|maaf
    mohon|punten|permisi|sayang*|silakan|silahkan|monggo|ditunggu|tunggu|menunggu|sebentar|bentar|kabari
    dikabari|kabarin|kabarnya|cek|dicek|mengecek|cekkan|cekin|tanya*|ditanyakan|menanyakan|pastikan
    memastikan|dipastikan|konfirmasi*|infokan|info*|sampaikan|disampaikan|teruskan|diteruskan|hubungi
    hubungkan|rekan|tim|admin|pemilik|asisten|bantu*|dibantu|membantu|catat|dicatat|alamat*|nama*|pesanan*
    pembayaran*|rekening*|semoga|senang|paham|mengerti|siap|baik|noted|pertanyaan|kalau ada|ada yang bisa
    mau yang|pilih|boleh tahu|boleh minta|boleh kirim|tolong|tergantung|harga pas|sudah pas|harganya pas
    sampai jumpa|sehat|lancar|nanti saya|nanti kami|kenal|hehe|wah|aduh|waduh|oke|hati hati
    hati hati di jalan|otw|sugeng|nyuwun|nuwun|matur|pangapunten|ngapunten|nggih|njih|mangga|hatur
    silakan dipikir|dipikir dulu|pikir dulu|pikir pikir|dipikirkan|gak usah buru|santai aja|gak usah sungkan
    ragu|bebas tanya|tanya aja|tanya saja|japri|chat aja|chat saja|wa aja|kabari saja|kabarin aja|kabari ya
    ditunggu kabarnya|ditunggu ya|aku kurang tahu|kurang tahu|kurang tau|kurang paham|belum tahu|belum tau
    gak tahu|gak tau|nggak tau|nggak tahu|ga tau|ga tahu|gatau|ndak tahu|entah|aku gak berani|saya gak berani
    gak berani|tidak berani|takut salah|biar gak salah|biar tidak salah|biar pasti|biar jelas|biar aku
    biar saya tanya|biar saya cek|biar aku tanya|biar aku cek|di katalog|di daftar|di catatan|di keterangan
    di deskripsi|keterangannya|deskripsinya|katalognya|tertulis|tertera|tercantum|disebut|yang tertulis
    yang tercatat|harganya memang|memang segini|memang begitu|memang harganya|harganya segini|harganya tetap
    sudah harga|itu sudah|harga itu|mau pesan|mau order|mau ambil|jadi pesan|jadi order|jadi mau|jadinya
    boleh dibantu|boleh isi|boleh share|boleh shareloc|minta alamat|minta nama|kirim alamat|kirim foto
    kirim fotonya|kirim nomor|kirim bukti|untuk siapa|buat siapa|buat kapan|untuk kapan|untuk tanggal
    buat tanggal|kira kira|rencananya|ukuran berapa|warna apa|rasa apa|berapa orang|berapa biji|berapa kotak
    tinggal di mana|lokasi di mana|posisi di mana|alamatnya di|turut|semoga cepat|semoga lekas|cepat sembuh
    lekas sembuh|salam buat|salam untuk|salam kenal|met|selamat ulang|happy|dadah|bye|sampai besok
    sampai ketemu|kapan kapan|lain kali|lain waktu|ndak apa|nda apa|ora opo|rapopo|asiik|asik|asyik|asikk
    hore|alhamdulillah|syukur|amin|aamiin|insyaallah|insya|wkwk|haha|hihi|hehehe|eh|oalah|owalah|duh|yah|maap
    maafin|sori|sorry|makaci|mksh|tq|thank you|kembali kasih|masama|sama2|sama samaa|senang dengar|seneng
    ikut senang|wah selamat|tanyain|saya tanyain|aku tanyain|kami tanyain|saya tanyakan|pastiin|saya pastiin
    aku pastiin|aku cek|saya cek|kami cek|ku cek|kucek|bentar aku|bentar saya|sebentar aku|sabar|mohon sabar
    ditanyain|saya memahami|kami memahami|saya mengerti|kami mengerti|turut prihatin|turut berduka
    turut senang|ikut prihatin|mohon kesediaannya|mohon kesabarannya|mohon pengertiannya|mohon ditunggu
    mohon bersabar|mohon menunggu|senang bisa membantu|senang membantu|apakah ada|apakah kakak|apakah bapak
    apakah ibu|boleh kami tahu|boleh saya tahu|bisa diinfokan|boleh diinfokan|boleh disebutkan|izin
    agar kami bisa|supaya kami bisa|agar saya bisa|supaya saya bisa|dengan senang hati|semoga harinya
    semoga hari|semoga acaranya|semoga lancar|akan kami tanyakan|akan saya tanyakan|akan kami cek
    akan saya cek|akan kami konfirmasi|akan kami kabari|akan saya kabari|akan kami teruskan
    akan saya teruskan|akan saya sampaikan|akan kami sampaikan|ditunggu kedatangan*|kami tunggu|saya tunggu
    sami|izin saya|izin kami|mohon izin|izin bertanya|izin tanya|izin menanyakan|kalau boleh tahu
    kalau boleh tau|pasti sedih|pasti kecewa|pasti repot|pasti berat|wajar jika|wajar kalau|izinkan saya
    izinkan kami|prihatin|sangat prihatin|mendengarnya
    """,
    each="per satuan masing tiap setiap @",
    haves="ada tersedia ready punya masih",
    withs="sama dengan beserta termasuk plus bareng bersama",
)
