"""Indonesian: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words

__all__ = ["INDONESIAN"]

INDONESIAN = Language(
    code="id",
    plain=plain_words("id"),
    phrases="""
    gak masalah|nggak masalah|ga masalah|gak papa|gpp
    selamat pagi|selamat siang|selamat sore|selamat malam|selamat datang|terima kasih|sama sama|tidak apa apa
    gak apa apa|gapapa|apa kabar|mohon ditunggu|mohon tunggu|alamat pengiriman|harga pas|sudah pas
    harganya sudah pas|belum termasuk ongkos kirim|belum termasuk ongkir|belum termasuk ongkos|tidak masalah
    di atas|di bawah|dua duanya|tanya tanya|lihat lihat|ada yang bisa|hari senin|hari selasa|hari rabu
    hari kamis|hari jumat|hari sabtu|hari minggu|yang paling murah|paling murah yang|sampai minggu depan
    kode pos|paling tinggi|paling rendah|sampai jumpa|sampai nanti|untuk hadiah|buat hadiah|untuk kado
    bonus tidak ada|semoga hari|tidak bisa dikurangi|belum bisa dikurangi|tidak bisa kurang|belum bisa kurang
    senang bisa membantu|biaya kirim
    mohon maaf
    """,
    kinds={
        "hours": """
            buka setiap hari|buka tiap hari|sepanjang hari|nonstop|tengah malam|larut malam|hari libur|tanggal merah
            buka terus|sampai malam
        """,
        "stock": """
            atas nama kakak|sudah disisihkan|disisihkan|sudah di keep|di keep|sudah disimpan
            masih banyak|banyak stok|stok banyak|stoknya banyak|stok aman|stoknya aman|stok masih|stoknya masih
            ready semua|ready banyak|masih ready|pasti ada|selalu ada|masih kebagian|masih bisa masuk
            slot kosong|ada slot
        """,
        "same": """
            sama harganya|harganya sama|harga sama|harganya juga sama|sama kayak|sama seperti|sama persis
            sama dengan harga|lebih bagus dari|lebih enak dari|lebih baik dari|tidak kalah|gak kalah|nggak kalah
            ga kalah|tahun lalu|harga lama|bulan lalu|setara
        """,
        "shipping": """
            yang bayarin|yang bayar ongkir|aku yang bayar|saya yang bayar|kita yang bayar|kami yang nanggung
            yang tanggung|yang nanggung|aku tanggung
            gratis ongkir|gratis ongkos kirim|bebas ongkir|bebas ongkos|gratis pengiriman|bebas biaya kirim
            free ongkir|gratis biaya kirim|gratis kirim|ongkir gratis|ongkirnya gratis|ongkir kami
            ongkir dari kami|ongkir kita|ditanggung|kami tanggung|tanggung|tanpa ongkir|tanpa ongkos kirim
            tanpa biaya kirim|tidak ada ongkir|tidak ada ongkos|tidak perlu bayar ongkir|tidak bayar ongkir
            ga bayar ongkir|gak perlu bayar ongkir|nggak perlu bayar ongkir|tak perlu bayar ongkir|nol ongkir
            ongkir nol|subsidi*|ongkir ditanggung|ongkir kami yang tanggung
        """,
        "fast": """
            sampai besok|sampai lusa|sampai hari ini|sampai malam ini|kilat|ekspres|express|instan|same day
            next day|sameday|kirim hari ini|dikirim hari ini|kirim besok|dikirim besok|langsung dikirim
            langsung kirim|langsung diantar|besok sampai|sudah sampai|pasti sampai|cepat sampai|lagi sampai
            segera sampai|sekarang juga|udah nyampe|nyampe|sampe
        """,
        "delivery": """
            ke rumah|sampai rumah|depan rumah|depan pintu|ke pulau|luar kota|luar pulau|semua daerah|seluruh
            anterin|dianterin|se indonesia
            sampai di tangan|sampai di|tiba|diantar|antar|mengantar|kurir|ojek|gojek|gosend|grab|terkirim
            seluruh indonesia|ke seluruh|semua kota|seluruh kota|ke mana saja|luar negeri|estimasi|kerja pasti
        """,
        "refund": """
            uang kembali|dana kembali|uangnya kembali|kembali uang|pengembalian|dikembalikan|kembalikan
            mengembalikan|refund*|retur*|return*|money back|ganti rugi|diganti|ganti baru|mengganti|menggantinya
            ganti|batal*|dibatalkan
        """,
        "exchange": "tukar*|ditukar*|menukar*|penukaran*|exchange*",
        "guarantee": """
            garansi*|bergaransi*|digaransi*|jamin*|dijamin*|menjamin*|terjamin*|guarant*|warrant*|asuransi*
            janji*|dijanjikan
        """,
        "lifetime": """
            seumur hidup|selamanya|selama lamanya|lifetime|permanen*|abadi|kapan saja|kapan pun|kapanpun
            tidak akan|takkan|gak akan|nggak akan|ga akan|tak akan|tanpa batas|unlimited|anti|bertahun tahun
            berbulan bulan
        """,
        "free": """
            gratis*|digratiskan|cuma cuma|free|tanpa biaya|tanpa bayar|tanpa tambahan|tidak bayar
            tidak perlu bayar|gak perlu bayar|ga usah bayar|tidak usah bayar|nggak usah bayar|tidak ada biaya
            tanpa dp|tidak kena biaya|tidak dikenakan|bebas biaya|bebas|kami yang bayar|kami bayarkan
            kami bayari|traktir
        """,
        "interest": "tanpa bunga",
        "gift": """
            bonus*|hadiah nya|hadiahnya|berhadiah|souvenir*|suvenir*|merchandise|kejutan|doorprize|undian
            menang*|pemenang|dapat tumbler|dapat hadiah|dapat bonus|ekstra|extra
            plus dapat|kami kasih|kami beri|kita kasih|tambahan|sampel*|sample*|tester
        """,
        "lowering": "juga boleh|boleh juga|juga bisa|turun*|diturunkan|menurunkan|bisa turun|lebih rendah",
        "discount": """
            jadi lebih|diskon*|didiskon*|discount*|disc|potongan*|dipotong|potong harga|promo*|obral*
            cuci gudang|voucher*|vocer*|kupon*|kode promo|pakai kode|harga spesial|harga khusus|harga teman
            harga grosir|grosir*|flash sale|sale|hemat*|lebih hemat|murah*|lebih murah|termurah|dimurahkan
            banting harga|harga miring|harga coret|korting|reseller|komisi*|member*|poin*|point*|reward*|spesial
            special|penawaran khusus|harga jadi|jadi cuma|kurang lagi|boleh kurang|bisa kurang|saya kasih
            kukasih|turun harga|turun jadi|nego halus|bisa nego|boleh nego|bisa ditawar|khusus hari ini
        """,
        "fraction": """
            setengah*|separuh*|seperempat|sepertiga|dua kali|tiga kali|dobel|double|puluhan|ratusan|ribuan
            jutaan|belasan|lusinan|selusin|kodi|dua kali lipat|berlipat
        """,
        "cashback": "cash back|cashback*",
        "instalment": """
            bayar belakangan|bayar kalau|bayar nanti|bayarnya nanti|pakai dulu|cicil*|dicicil*|mencicil|angsur*
            diangsur*|kredit*|pay later|paylater*|spaylater|tempo|dp|uang muka|bunga|kredivo|akulaku|utang
            hutang|ngutang|nyicil|lunas
        """,
        "cod": """
            cod|bayar di tempat|bayar di rumah|bayar saat|bayar pas sampai|cash on delivery|bayar setelah
        """,
        "payment": """
            qris|ovo|dana|gopay|shopeepay|linkaja|bca|bri|bni|mandiri|bsi|kartu kredit|kartu|visa|mastercard
            paypal|tunai|cash|virtual account|indomaret|alfamart|a n
        """,
        "genuine": """
            asli*|original*|ori|orisinal*|otentik*|autentik*|genuine|resmi*|official*|bukan kw|bukan tiruan
            bermerek|branded|murni
        """,
        "organic": "organik*|organic*",
        "natural": """
            alami*|natural*|tanpa bahan kimia|tanpa pewarna|tanpa msg|rendah kalori|rendah gula|rendah lemak
            kalori|bpa
        """,
        "halal": "halal*|mui",
        "vegan": "vegan|vegetarian",
        "certified": """
            sertifikat*|bersertifikat*|sertifikasi*|certif*|bpom|sni|iso|fda|terdaftar*|lisensi*|berlisensi*
            izin*|paten|teruji*|standar*|berstandar
        """,
        "award": """
            penghargaan*|award*|juara*|bintang|viral|terkenal|hits|artis|rating|testimoni|best seller|bestseller
            favorit*|andalan
        """,
        "health": """
            bagus untuk|bagus buat|baik untuk|baik buat|membantu mengurangi|membantu menjaga|bikin sehat
            menyembuhkan|sembuh*|obat*|mengobati|khasiat*|berkhasiat|menyehatkan|kesehatan|klinis|dermatolog*
            hipoalergenik|antibakteri|steril|aman*|diet|menurunkan berat|kolesterol|vitamin|nutrisi|bergizi
            ampuh|mujarab|meredakan|mengurangi nyeri|melangsingkan|mencerahkan|memutihkan|glowing
        """,
        "waterproof": """
            tahan air|anti air|kedap air|waterproof*|water proof|tahan hujan|hujan*|bisa dicuci|cuci*|dicuci
        """,
        "durable": """
            gampang rusak|mudah rusak|cepat rusak|gampang sobek|mudah sobek|gampang lepas
            tahan|tahan lama|awet*|kuat*|kokoh|tidak mudah|anti slip|anti selip|anti karat|anti gores|anti pecah
            bertahan|daya tahan|ketahanan
        """,
        "handmade": """
            buatan tangan|dibuat tangan|dianyam*|dijahit tangan|handmade|hand made|dianyam tangan|jahit tangan
            tangan
        """,
        "ecological": "ramah lingkungan|eco*|daur ulang|sustainable|biodegradable",
        "imported": """
            impor*|diimpor|import*|buatan italia|buatan jepang|buatan korea|buatan jerman|buatan eropa
            buatan amerika|buatan cina|ekspor*|made in|luar negeri
        """,
        "premium": """
            khusus buat|khusus untuk kakak|cuma ada di|satu satunya|tempat lain
            premium|mewah*|eksklusif*|exclusive|limited edition|edisi terbatas|kualitas*|berkualitas*|mutu
            bermutu|super|grade|kelas atas|profesional
        """,
        "best": """
            paling ringan|paling nyaman|paling enak|paling kuat|paling awet|paling lengkap|paling keren|se kota
            se bandung
            terbaik*|termurah|terlaris|terpercaya|terbagus|terlengkap|paling murah|paling bagus|paling baik
            paling laris|nomor satu|no 1|nomor 1|best|juara|tiada tanding|unggul*|nomer satu
        """,
        "scarcity": """
            stok terbatas|terbatas|tinggal*|sisa*|tersisa|buruan|cepetan|cepat|sebelum kehabisan|kehabisan
            ready stok|ready stock|laris|terjual|terakhir|rebutan|selama persediaan|sampai minggu|sampai akhir
            hari terakhir
        """,
        "trial": "coba dulu|coba gratis|free trial|trial|cicip*",
        "included": "sudah termasuk|termasuk bonus|include*|dapat juga|sudah dapat",
    },
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
    detik second menit minute jam hour hari day minggu week pekan week bulan month tahun year malam day
    setahun year1 sebulan month1 seminggu week1 sehari day1 semalam day1 sejam hour1 dekade decade abad century
    """,
    money="rupiah IDR perak IDR dollar $ dolar $ euro EUR ringgit MYR yen JPY pound GBP riyal riyal",
    prices="""
    harga* biaya* ongkir* ongkos tarif* bayar* dibanderol dp total* senilai seharga jadi cuma hanya mulai dari
    cost price only
    """,
    percents="persen|percent|pct",
    working="kerja",
    negators="tidak tdk tak belum blm nggak ngga enggak gak ga gk no not bukan tanpa",
    fillers="""
    ada memiliki punya mempunyai menawarkan menyediakan memberikan memberi dapat bisa termasuk menerima melayani
    sedang informasi info keterangan data tentang mengenai soal untuk program layanan opsi pilihan kebijakan
    tersedia kasih menjual jual lagi ya pakai saat ini sekarang kami kita berlaku buat sama sekali jenis kena
    dalam mengadakan adakan
    """,
    denied_after="ada tersedia termasuk bisa dapat berlaku kami punya",
    checks="""
    liat lihat cari tanyain nanyain
    cek dicek tanya* ditanya* tahu tau tanyakan pastikan dipastikan memastikan konfirmasi periksa informasi*
    info lihat beritahu jawab yakin
    """,
    about="apakah soal mengenai tentang kalau apa kapan berapa bagaimana seberapa",
    breakers="tapi tetapi namun jadi maka karena plus dan meski sedangkan",
    sizes="ukuran* size* nomor* no panjang* lingkar kaki sepatu",
    orders="pesanan* order* nomor* nota faktur resi invoice kode tracking no",
    pieces="""
    orang
    pasang buah pcs pc unit bungkus kotak biji botol lembar potong set pak lusin dus box helai toples porsi item
    """,
    dates="""
    januari februari maret april mei juni juli agustus september oktober november desember jan feb mar apr jun
    jul agu agt sep okt nov des tanggal tgl sejak
    """,
    times="jam pukul sampai dari hingga antara",
    titles="""
    halo hai hi kak kakak bu ibu bapak pak mas mbak mba bang sis gan bunda adik terima kasih baik siap selamat
    nama a.n
    """,
    moves="""
    kirim* dikirim* sampai tiba terkirim datang antar* diantar* jadi selesai siap berangkat jalan proses
    diproses
    """,
    meets="datang mampir ambil kunjungi catat* dicatat tunggu ditunggu bertemu ketemu",
    pays="bayar* membayar dibayar keluar* ongkos",
    mays="bisa dapat menerima melayani ada belum",
    above="atas minimal minimum lebih mulai",
    affirms="""
    masih
    iya betul|bener|yoi|dong bisa|santai
    iya|ya bisa|bisa|boleh|oke|ok|siap|deal|jadi|betul|benar|tentu|pasti|ada|ready|sip|setuju|juga
    """,
    talk="""
    lihat dulu|kami lihat|saya lihat
    santai|sambungkan|disambungkan|menyusul|alihkan|jangan sungkan|fotonya|lupa|ceritakan|diceritakan
    laporan|masukan
    bagus|keren|mantap|cantik|cakep
    tidak apa|gak apa|gapapa|gak papa|gpp|tidak masalah|gak masalah|nggak masalah|ga masalah
    belum termasuk
    isi format|lewat sini|di sini ya|balas|dibalas|kaget|harganya segitu|memang segitu|betul sekali
    cocoknya|yang mana
    halo|hai|hi|selamat|salam|assalamualaikum|waalaikumsalam|terima kasih|makasih|makasi|trims|thanks
    sama sama|maaf|mohon|punten|permisi|sayang*|silakan|silahkan|monggo|ditunggu|tunggu|menunggu|sebentar
    bentar|kabari|dikabari|kabarin|kabarnya|cek|dicek|mengecek|cekkan|cekin|tanya*|ditanyakan|menanyakan
    pastikan|memastikan|dipastikan|konfirmasi*|infokan|info*|sampaikan|disampaikan|teruskan|diteruskan
    hubungi|hubungkan|rekan|tim|admin|pemilik|asisten|bantu*|dibantu|membantu|catat|dicatat|alamat*|nama*
    pesanan*|pembayaran*|rekening*|semoga|senang|paham|mengerti|siap|baik|noted|pertanyaan|kalau ada
    ada yang bisa|mau yang|pilih|boleh tahu|boleh minta|boleh kirim|tolong|tergantung|harga pas|sudah pas
    harganya pas|sampai jumpa|sehat|lancar|nanti saya|nanti kami|kenal|hehe|wah|aduh|waduh|oke
    """,
    each="per satuan masing tiap setiap @",
    haves="ada tersedia ready punya masih",
    withs="sama dengan beserta termasuk plus bareng bersama",
)
