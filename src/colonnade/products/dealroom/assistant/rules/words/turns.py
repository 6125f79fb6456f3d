"""Words that turn what a sentence says: a condition, an apology, a total, a comparison, money that has come.

Unlike a language's other lists they decide how a sentence is read, not whether a word of it may be said.

Out of scope: reading with them (`readings`, `amounts`, `affirmations`, `assertions`).
"""

from __future__ import annotations

from msgspec import Struct

__all__ = ["TURNS", "Turns"]


class Turns(Struct, frozen=True, kw_only=True):
    """The turns of a language: words by spaces, phrases by `|`."""

    ifs: str
    """Words that begin a condition."""
    withouts: str
    """Negations of a thing only: with one of them a sentence still asserts something."""
    sorry: str
    """Phrases of regret, or of understanding somebody."""
    people: str
    """Words for those to whom a customer is handed over."""
    wishes: str
    """Phrases that begin a wish, a greeting or thanks."""
    closed: str
    """Words that say that nobody is there."""
    opens: str
    """Words of opening hours."""
    totals: str
    """Phrases that make an amount that of all things named."""
    both: str
    """Of these those that stand for two or more things without naming them."""
    compared: str
    """Phrases that say that a thing is like another, or costs more or less."""
    paid: str
    """Phrases that say that money has come or gone."""
    kept: str
    """Phrases that say that a thing or a place is kept for somebody."""
    cheapest: str
    """Phrases that say that no other product costs less."""
    evers: str
    """Words that make a denial a promise: "it never fades"."""
    only: str
    """Words that make a denial none: "not only"."""
    paying: str
    """Verbs of paying."""
    later: str
    """Words that put off paying: with one of `paying` they give credit."""
    daily: str
    """Phrases that say that something holds every day."""
    tells: str
    """Words of a question that tells something: "did you know"."""
    topics: str
    """Phrases before what the next clause speaks of: "as for delivery, I'll ask"."""
    trouble: str
    """Words that make a denial an assent: "no problem"."""


TURNS = {
    "en": Turns(
        ifs="if should",
        withouts="without free",
        sorry="""
            sorry|apolog*|afraid|unfortunately|sadly|regret*|i understand|i hear you|i get that|get that|understood
            oh no|pardon|i see|take your time|all the time
        """,
        people="""
            colleague* team manager owner human someone somebody staff person photographer groomer baker chef florist
            tailor instructor teacher technician mechanic stylist engraver workshop kitchen warehouse supplier buyer
        """,
        wishes="enjoy|happy|have a|have fun|good luck|thanks|thank you|cheers|take care|welcome|hope you|congrat*",
        closed="closed shut close",
        opens="open opens opening hours shop daily close closes",
        totals="""
            the total|in total|total|altogether|all in|all together|together|everything|all of it|all of them|both
            the pair|the lot|the two|for all|all three|combined|in all|the set of|sum
        """,
        both="both|everything|all of it|all of them|the lot|the two|the pair|all three",
        compared="""
            as much as|costs as much|same as|the same as|same price|like the|just like|as well as the|equals
            cheaper than|dearer than|pricier than|more expensive than|less than|more than|is cheaper|is dearer
            is pricier|is more expensive|s cheaper|s dearer|the same
        """,
        paid="""
            received your payment|received your money|received your transfer|got your payment|got your money
            got your transfer|payment received|payment confirmed|payment came|payment went|payment has|payment is
            money has arrived|money arrived|money came|is paid|all paid|paid in full|all received|has cleared
            i paid|i have paid|ve paid|already paid|my payment|my transfer|my money|sent the money|i transferred
            i sent you|received payment|received the money|order has shipped|has shipped|has been shipped
        """,
        kept="""
            you are booked|you re booked|booked you|booked in|is booked|reserved|is reserved|kept for you|set aside
            put aside|put by|put one by|saved you|saved one|saved for you|held for you|holding it|hold it until
            hold one|on hold|in the diary|down for|we ll hold|will hold|keep it for|keeping it|keeping one
        """,
        cheapest="the cheapest|cheapest|most affordable|least expensive|lowest priced",
        evers="never ever",
        only="only just",
        paying="pay pays paying settle",
        later="later after when whenever once end next afterwards month friday monday tuesday thursday",
        daily="every day|daily|seven days a week|all week",
        tells="know knew heard remember",
        topics="as for|as to|regarding|concerning|about|on the question of|in terms of",
        trouble="problem* issue* bother trouble objection* worries reason why",
    ),
    "id": Turns(
        ifs="kalau kalo jika bila klo apabila kl seandainya misal",
        withouts="tanpa bebas",
        sorry="maaf|mohon maaf|sori|sorry|paham|mengerti|dimengerti|ngerti|aduh|waduh|sayang sekali|turut",
        people="""
            rekan tim admin petugas teman owner cs staf pemilik mimin instruktur* fotografer* pengrajin* perajin*
            penjahit* teknisi* gudang toko produksi
        """,
        wishes="selamat|semoga|makasih|terima kasih|trims|thanks|sama sama",
        closed="tutup libur",
        opens="buka bukanya jam operasional tutup",
        totals="""
            total*|semuanya|semua|dua duanya|duanya|keduanya|sepasang|berdua|sekaligus|jadi satu|borong|paket
            tiga tiganya|jumlahnya|digabung
        """,
        both="semuanya|semua|dua duanya|duanya|keduanya|tiga tiganya",
        compared="""
            sama kayak|sama seperti|sama dengan|sama harga*|harga sama|harganya sama|setara|seharga dengan|semahal
            seharga yang|seharga kayak
            semurah|lebih murah|lebih mahal|murahan|mahalan|juga sama|kayak|samain|sama juga
        """,
        paid="""
            sudah masuk|udah masuk|sudah kami terima|sudah diterima|udah diterima|pembayaran diterima
            pembayarannya sudah|pembayaran sudah|dana masuk|uangnya masuk|uang masuk|lunas|sudah lunas
            aku tf|saya tf|udah aku|sudah aku|sudah saya
            sudah dibayar|sudah bayar|udah bayar|udah tf|sudah tf|sudah transfer|udah transfer|udh tf|udh bayar
            transferannya|transferan|sudah aku bayar|sudah saya bayar|sudah dikirim|udah dikirim
        """,
        kept="""
            simpenin|simpankan|disimpan|sudah disimpan|sisihkan|sisihin|disisihkan|keep in|di keep|dikeep|di-keep
            booking in|sudah booking|dibooking|sudah dipesan|sudah direservasi|amankan|diamankan
        """,
        cheapest="yang paling murah|paling murah|termurah|paling terjangkau",
        evers="pernah selamanya",
        only="hanya cuma saja",
        paying="bayar bayarnya membayar dibayar pembayarannya lunasin lunasi",
        later="nanti belakangan setelah sesudah habis bulan depan minggu saat ketika pas",
        daily="senin minggu",
        tells="tahu tau",
        topics="soal|mengenai|terkait|tentang|perihal",
        trouble="masalah apa-apa papa kenapa",
    ),
    "pt": Turns(
        ifs="se caso",
        withouts="sem",
        sorry="""
            desculp*|infelizmente|lament*|sinto muito|sinto imenso|peco desculpa|perdao|poxa|puxa|que chato|que pena
            entendo|entendi|compreendo|te entendo|lhe entendo|percebo|fica a vontade|fique a vontade
        """,
        people="""
            colega* equipe equipa pessoa alguem atendente gerente dono dona loja responsavel padeiro padeira confeiteir*
            pasteleir* cozinha cozinheir* farmaceutic* recepcao recepcionista secretaria tecnico tecnica tecnicos
            mecanico professor professora instrutor instrutora motorista balcao caixa oculista optometrista dra
        """,
        wishes="""
            bom|boa|tenha|que tenha|tenham|feliz|aproveit*|obrigad*|agradec*|valeu|abraco|bem vind*|parabens
            um abraco|imagina
        """,
        closed="fechad* encerrad* folga fecha fechamos encerramos",
        opens="abert* abr* funcion* atend* horario expediente",
        totals="""
            total|no total|ao todo|tudo|os dois|as duas|ambos|ambas|juntos|juntas|o conjunto|os tres|as tres
            todos|todas|somando|a soma|o par
        """,
        both="tudo|os dois|as duas|ambos|ambas|os tres|as tres|todos|todas|juntos|juntas|o par",
        compared="""
            o mesmo que|mesmo preco|mesmo valor|ao preco do|ao preco da|pelo preco|igual a|igual ao|tal como|assim como
            mais barato|mais barata|mais caro|mais cara|tanto quanto|a mesma|o mesmo|mesma garantia|igualzinh*
            mais em conta que|cobre o preco|cobrimos o preco|as mesmas|os mesmos
        """,
        paid="""
            pagamento confirmado|pagamento recebido|recebemos seu|recebemos o|pagamento caiu|pix caiu|caiu certinho
            caiu o pix|ja caiu|ja esta pago|esta pago|consta como pago|ja paguei|paguei|ja fiz o pagamento
            fiz o pagamento|fiz o pix|fiz a transferencia|transferi|ja transferi|depositei|pago com sucesso
            entrou na conta|ja entrou|dinheiro entrou|ja saiu|foi enviado|ja foi enviado|fiz o deposito
        """,
        kept="""
            separei|separad*|reservei|reservad*|guardei|guardad*|deixei separad*|ja separei|separamos|guardamos
            esta guardad*|agendad*|esta marcad*|ja marquei
        """,
        cheapest="""
            a mais em conta|o mais em conta|mais em conta
            o mais barato|a mais barata|o mais baratinho|o mais acessivel
        """,
        evers="nunca jamais",
        only="so apenas somente",
        paying="pagar paga pagas pague pagam paguem acerta acertar acerte quita quitar",
        later="depois quando quiser receber chegar fim mes proximo proxima amanha semana",
        daily="todos os dias|todo dia|diariamente|todo santo dia",
        tells="sabia sabias sabiam",
        topics="""
            em relacao|com relacao|relativamente|quanto a|quanto ao|quanto aos|no que diz|sobre|a respeito|acerca
            no tocante
        """,
        trouble="problema* mal inconveniente crise preocup* hesit*",
    ),
    "es": Turns(
        ifs="si caso",
        withouts="sin",
        sorry="""
            disculp*|lo siento|siento mucho|lament*|perdon*|desafortunadamente|lamentablemente|que pena|una disculpa
            hijole|entiendo|le entiendo|te entiendo|comprendo|lo comprendo|uy|descuide|quedo mal|sin prisa
        """,
        people="""
            compan* equipo persona alguien gerente dueno duena asesor* encargad* tienda panadero panadera pastelero
            pastelera cocina cociner* farmaceutic* recepcion recepcionista secretaria tecnico tecnica tecnicos mecanico
            profesor profesora instructor instructora chofer mostrador optico optica optometrista taller bodega dra
        """,
        wishes="""
            que tenga*|que le vaya|que te vaya|buen|buena|buenas|buenos|feliz|disfrut*|gracias|saludos|bienvenid*
            felicidades|un abrazo|que gusto
        """,
        closed="cerrad* cerramos cierra descans*",
        opens="abr* abiert* horario* atend* cerramos",
        totals="""
            total|en total|todo|los dos|las dos|ambos|ambas|juntos|juntas|los tres|las tres|todos|todas|el par
            la suma|el conjunto
        """,
        both="todo|los dos|las dos|ambos|ambas|los tres|las tres|todos|todas|el par",
        compared="""
            lo mismo que|mismo precio|por lo mismo|igual que|vale igual|cuesta igual|el precio de|tanto como
            mas barato|mas barata|mas baratos|mas baratas|mas caro|mas cara|mas caros|mas caras|la misma|el mismo
            misma garantia|asi como|igualo|igualamos|las mismas|los mismos
        """,
        paid="""
            recibimos su|recibimos tu|recibimos el|pago recibido|pago confirmado|cayo su|cayo tu|ya cayo
            ya quedo pagado|esta pagado|ya pague|pague|ya deposite|deposite|transferi|ya transferi|en orden con su
            recibi su|recibi tu|su pago llego|tu pago llego|pago acreditado|se acredito|hice el pago
            hice la transferencia|ya salio|fue enviado|ya fue enviado
        """,
        kept="""
            se lo aparte|se la aparte|te lo aparte|te la aparte|lo aparte|la aparte|apartad*|reservad*|guardad*
            le aparte|te aparte|le guarde|te guarde|le reserve|te reserve|agendad*|ya aparte|lo aparto|la aparto
        """,
        cheapest="""
            lo mas economico|el mas economico|la mas economica
            lo mas barato|el mas barato|la mas barata|mas economico
        """,
        evers="nunca jamas",
        only="solo solamente unicamente",
        paying="pagar paga pagas pague pagan paguen liquida liquidas abona abonas",
        later="despues cuando luego reciba recibas llegue fin mes proximo proxima manana semana",
        daily="todos los dias|diario|diariamente|a diario|cada dia",
        tells="sabia sabias sabian",
        topics="en cuanto|con respecto|respecto|en relacion|sobre|acerca|por lo que|en lo que",
        trouble="problema* inconveniente* falta como preocup* dude dudes",
    ),
    "fr": Turns(
        ifs="si s",
        withouts="sans",
        sorry="""
            desole*|navre*|malheureusement|helas|excus*|pardon*|je regrette|je comprends|je vous comprends|zut
            oh non|toutes mes excuses|prenez votre temps|rien ne presse
        """,
        people="collegue* equipe responsable quelqu personne patron patronne conseiller conseillere gerant gerante",
        wishes="""
            bonne|bon|bonjour|merci|passez une|profitez|belle|bienvenue|felicitations|au plaisir|avec plaisir|ravi*
            super
        """,
        closed="ferme* ferment fermons fermeture repos",
        opens="ouvr* ouvert* horaire* ferme*",
        totals="""
            total|au total|en tout|tout|les deux|l ensemble|ensemble|les trois|le tout|la paire|le lot|tous|toutes
            la somme
        """,
        both="les deux|les trois|le tout|tout|tous|toutes|la paire|le lot",
        compared="""
            autant que|le meme que|la meme que|meme prix|meme tarif|pareil|comme la|comme le|comme l|tout comme
            moins cher que|plus cher que|moins chere que|plus chere que|est plus cher|est moins cher|aussi cher
            la meme|le meme|au prix de|au prix du|s aligne|aligne sur|egal* a|les memes
        """,
        paid="""
            paiement recu|bien recu votre|bien recu|recu votre|avons recu|paiement valide|paiement confirme
            reglement est|votre paiement est|est paye|est regle|j ai paye|deja paye|j ai vire|mon virement
            mon paiement|j ai regle|fait le virement|j ai envoye|virement recu|a ete expedie|est partie
        """,
        kept="""
            mis de cote|mis un de cote|mis une de cote|reserve pour vous|vous est reserve|garde pour vous
            vous en ai mis|vous ai reserve|ai reserve|est reserve|est reservee|vous ai garde|ai garde|bloque pour vous
        """,
        cheapest="le moins cher|la moins chere|les moins chers|le plus abordable|le plus accessible",
        evers="jamais",
        only="seulement que",
        paying="payer payez paie paierez paye paiera reglez reglerez regler reglera",
        later="plus tard apres quand ensuite fin mois prochain prochaine lors reception demain",
        daily="tous les jours|chaque jour|quotidiennement",
        tells="saviez savez sais",
        topics="""
            concernant|quant a|quant au|quant aux|pour ce qui|en ce qui|au sujet|a propos|s agissant|pour la|pour le
            pour les
        """,
        trouble="probleme* souci* inconvenient* pourquoi hesit* inquiet*",
    ),
    "ar": Turns(
        ifs="إذا اذا لو",
        withouts="بدون دون بلا غير",
        sorry="""
            آسف*|اسف*|عذرا|للأسف|نعتذر|أعتذر|المعذرة|السموحة|معليش|أفهمك|فاهمك|أتفهم|نتفهم|متأسف*|خذ راحتك
            خذي راحتك
        """,
        people="زميل زميلي زميلتي الزملاء الفريق فريق موظف الموظف المسؤول الشباب المدير المحل",
        wishes="شكرا|يعطيك|الله|حياك|أهلا|اهلا|مرحبا|بالتوفيق|يوم سعيد|مبروك|يسعد*|نتمنى",
        closed="مغلق مغلقين مغلقون مقفل مقفلين مسكر مسكرين إجازة اجازة عطلة نقفل قافلين",
        opens="دوام الدوام دوامنا نفتح فاتحين مفتوح مفتوحين ساعات أوقات نقفل مواعيد",
        totals="""
            المجموع|الإجمالي|اجمالي|الكل|كلها|الاثنين|الاثنان|الثنتين|مع بعض|سوا|الحساب|حسابك|الثلاث|الثلاثة|كلهم
            الطقم
        """,
        both="الكل|كلها|الاثنين|الاثنان|الثنتين|كلهم|مع بعض|سوا|الثلاث|الثلاثة",
        compared="""
            نفس سعر|بنفس سعر|نفس السعر|بنفس السعر|نفس الضمان|مثل|زي|أغلى|اغلى|أرخص من|ارخص من|بقدر|نفس
        """,
        paid="""
            وصل المبلغ|وصلت الحوالة|وصلنا المبلغ|استلمنا المبلغ|استلمنا التحويل|استلمنا الدفعة|تم استلام|تم الدفع
            وصل التحويل|حولت|دفعت|سددت|المبلغ وصل|وصلت الدفعة|مدفوع|تم شحن|انشحن
        """,
        kept="حجزت لك|حجزنا لك|محجوز|محجوزة|حجزته|حجزتها|خبيت لك|خبيته|جنبته لك|احتفظنا|تم الحجز|حفظته لك",
        cheapest="الأرخص|الارخص|أرخص شي|أرخص شيء|ارخص شي",
        evers="أبدا أبد ابد ابدا",
        only="فقط بس",
        paying="ادفع تدفع الدفع يدفع ندفع تسدد سدد",
        later="بعدين لاحقا بعد لما عند آخر الشهر القادم الجاي",
        daily="كل يوم|يوميا|طوال الأسبوع",
        tells="تعلم تعرف تدري",
        topics="بالنسبة|بخصوص|عن",
        trouble="مشكلة مانع",
    ),
}
