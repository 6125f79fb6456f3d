"""What is the same in several languages: measures, currencies, days, colours and materials."""

from __future__ import annotations

__all__ = [
    "ALSO",
    "ASKING",
    "BOGO",
    "BOUNDING",
    "BOUNDS",
    "COLOURS",
    "CONTAINING",
    "CURRENCIES",
    "DAYS",
    "DOLLARS",
    "EVERYTHING",
    "GREETINGS",
    "GREETING_PARTS",
    "GROUPS",
    "INTERNATIONAL",
    "MATERIALS",
    "MEASURES",
    "NO_PLURALS",
    "PEOPLE_OF_AN_AGE",
    "PROMISING_SIGNS",
    "REFUSING",
    "REPLYING",
    "SAME_PIECES",
    "SHORT_DAYS",
    "WALKING",
    "WITHOUT",
]

DOLLARS = frozenset({"USD", "SGD", "AUD", "CAD", "NZD", "HKD", "TWD", "BND"})
PESOS = frozenset({"MXN", "ARS", "COP", "CLP", "UYU", "DOP", "PHP", "CUP"})
GROUPS = {
    "$": DOLLARS | PESOS,
    "c": frozenset(),
    "¥": frozenset({"JPY", "CNY"}),
    "peso": PESOS,
    "riyal": frozenset({"SAR", "QAR", "OMR", "YER", "IRR"}),
    "dinar": frozenset({"KWD", "BHD", "JOD", "IQD", "LYD", "TND", "DZD", "RSD"}),
    "dirham": frozenset({"AED", "MAD"}),
    "jineh": frozenset({"EGP", "SDG", "GBP"}),
    "lira": frozenset({"SYP", "LBP", "TRY"}),
    "franc": frozenset({"CHF", "XOF", "XAF", "GNF", "CDF", "RWF", "BIF", "DJF", "KMF", "XPF"}),
}
"""The currencies that a sign or a word may mean."""

_CODES = """
    IDR USD EUR GBP SGD AUD CAD NZD HKD TWD BND JPY CNY MYR INR VND THB PHP KRW BRL MZN MXN ARS COP CLP
    PEN UYU BOB PYG CHF SAR AED QAR KWD BHD OMR JOD EGP MAD TND DZD XOF XAF ZAR NGN KES AOA TRY RUB DKK
    SEK NOK PLN GHS TZS UGX ETB ZMW
"""
_SIGNS = """
    rp IDR $ $ us$ USD s$ SGD a$ AUD c$ CAD r$ BRL s/ PEN € EUR £ GBP ¥ ¥ rm MYR ₹ INR ₫ VND ฿ THB ₱ PHP ₩ KRW
    ₦ NGN ₺ TRY ₽ RUB ₵ GHS gh₵ GHS cedi GHS cedis GHS
    nz$ NZD ca$ CAD au$ AUD hk$ HKD mx$ MXN
    mt MZN mts MZN rs INR r ZAR sr SAR dh dirham dhs dirham fcfa franc cfa franc ksh KES
"""
CURRENCIES = {
    **dict(zip(_SIGNS.split()[::2], _SIGNS.split()[1::2], strict=True)),
    **{code.lower(): code for code in _CODES.split()},
}
"""ISO 4217 by signs and codes; a value in small letters is a group."""

_UNITS = {
    ("g", 1): "g gr gram grams gramas grama gramos gramo gramme grammes جرام غرام جم",
    ("g", 1000): "kg kilo kilos quilo kgs quilos sekilo كيلو كجم",
    ("g", 100): "ons",
    ("mg", 1): "mg",
    ("ml", 1): "ml مل",
    ("ml", 10): "cl",
    ("ml", 1000): "l liter litre litres liters litro litros لتر",
    ("mm", 1): "mm",
    ("mm", 10): "cm سم centimetros centimetres",
    ("mm", 1000): "m meter meters metro metros metre metres متر",
    ("in", 1): "inch inches inci pulgadas polegadas pouces",
    ("oz", 1): "oz",
    ("lb", 1): "lb lbs",
    ("w", 1): "w watt watts",
    ("v", 1): "v volt",
    ("km", 1): "km",
    ("gb", 1): "gb",
    ("mah", 1): "mah",
    ("ft", 1): "ft",
    ("mp", 1): "mp",
    ("hp", 1): "hp",
    ("kw", 1): "kw",
}
MEASURES = {word: unit for unit, words in _UNITS.items() for word in words.split()}
"""Units, and what one of them is in the smallest unit that is compared."""

DAYS = {
    "day 1": "monday|mondays|senin|segunda|segundas|lunes|lundi|lundis|الاثنين|اثنين",
    "day 2": "tuesday|tuesdays|tues|selasa|terca|tercas|martes|mardi|mardis|الثلاثاء|ثلاثاء",
    "day 3": "wednesday|wednesdays|weds|rabu|quarta|quartas|miercoles|mercredi|mercredis|الأربعاء|أربعاء",
    "day 4": "thursday|thursdays|thurs|kamis|quinta|quintas|jueves|jeudi|jeudis|الخميس|خميس",
    "day 5": "friday|fridays|fri|jumat|jum'at|sexta|sextas|viernes|vendredi|vendredis|الجمعة|جمعة",
    "day 6": "saturday|saturdays|sabtu|sabado|sabados|samedi|samedis|السبت|سبت",
    "day 7": "sunday|sundays|minggu|ahad|domingo|domingos|dimanche|dimanches|الأحد",
    "day today": "today|hari ini|hoje|hoy|aujourd hui|اليوم|النهاردة|النهارده",
    "day tonight": "tonight|malam ini|hoje a noite|esta noite|esta noche|ce soir|الليلة",
    "day this": """
        this morning|this afternoon|this evening|pagi ini|siang ini|sore ini|nanti sore|nanti siang|esta manha
        hoje de manha|hoje a tarde|esta tarde|esta manana|ce matin|ce midi|cet apres midi|بالليل|العصر|الظهر
    """,
    "this week": "this week|minggu ini|esta semana|essa semana|cette semaine|هذا الأسبوع|هالأسبوع",
    "next week": """
        next week|minggu depan|proxima semana|semana que vem|semana que viene|semaine prochaine|الأسبوع الجاي
        الأسبوع القادم
    """,
    "day tomorrow": "tomorrow|besok|esok|amanha|manana|demain|غدا|بكرة|بكره|بكرا",
    "day after tomorrow": "lusa|depois de amanha|pasado manana|apres demain",
    "day before": """
        the day before|the night before|the evening before|sehari sebelumnya|na vespera|no dia anterior|la vispera
        el dia anterior|la veille
    """,
    "weekend": "weekend|weekends|akhir pekan|fim de semana|fin de semana|week end",
}
"""Names of days: a catalogue's or a customer's word vouches for them."""

COLOURS = {
    "black": "black|hitam|preto|preta|pretos|pretas|negro|negra|negros|negras|noir|noire|noirs|أسود|سوداء",
    "white": "white|putih|branco|branca|brancos|brancas|blanco|blanca|blancos|blanc|blanche|أبيض|بيضاء",
    "red": "red|merah|vermelho|vermelha|vermelhos|rojo|roja|rojos|rouge|rouges|أحمر|حمراء",
    "blue": "blue|biru|azul|azuis|azules|bleu|bleue|bleus|أزرق|زرقاء",
    "green": "green|hijau|verde|verdes|vert|verte|verts|أخضر|خضراء",
    "yellow": "yellow|kuning|amarelo|amarela|amarelos|amarillo|amarilla|jaune|jaunes|أصفر|صفراء",
    "brown": "brown|cokelat|coklat|marrom|castanho|castanha|marron|cafe oscuro|brun|brune|بني",
    "grey": "grey|gray|abu abu|cinza|cinzento|gris|grise|رمادي",
    "pink": "pink|merah muda|cor de rosa|rosa|rosado|rose|وردي|زهري",
    "purple": "purple|ungu|roxo|roxa|morado|morada|violet|violette|violeta|بنفسجي",
    "orange": "orange|oranye|jingga|laranja|naranja|برتقالي",
    "beige": "beige|krem|bege|بيج",
    "navy": "navy|biru dongker|azul marinho|azul marino|bleu marine|كحلي",
    "gold": "gold|golden|emas|dourado|dourada|dorado|dore|doree|ذهبي",
    "silver": "silver|perak|prateado|plateado|argente|argent|فضي",
    "leather": "leather|kulit|kulitnya|couro|cuero|cuir|جلد",
    "cotton": "cotton|katun|kapas|algodao|algodon|coton|قطن",
    "silk": "silk|sutra|sutera|seda|soie|حرير",
    "linen": "linen|linho|lino|lin|كتان",
    "wool": "wool|wol|la pura|lana|laine|صوف",
    "wood": "wood|wooden|kayu|madeira|madera|bois|خشب",
    "seam": "seam|seams|stitching|jahitan*|costura|costuras|couture|coutures|خياطة",
}
"""Colours and materials: said only of what the catalogue says them of, in whatever language."""

MATERIALS = frozenset({"leather", "cotton", "silk", "linen", "wool", "wood", "seam"})
"""Those of them that are no colours."""

EVERYTHING = """
    en toda|en todo|em toda|em todo|dans toute|dans tout|partout en|di seluruh|se indonesia|all over
    on everything|for everything|on all|everything we sell|any colour|any color|any size|any price|any order
    em tudo|para tudo|em todos|em todas|untuk semua|semua produk|semua barang|sur tout|sur tous|sur toutes
    pour tout|en todo|en todos|en todas|para todo|para todos|e mais|y mas|and more|على كل شيء|على كل شي
    على الجميع|لكل شيء|على كل
"""
"""That something holds for all there is."""

EVERYWHERE = """
    anywhere in|other states|other cities|other towns|rest of the country|autres regions|autres villes|regions
    partout au|partout en|outros estados|outras provincias|outras cidades|otros estados|otras ciudades
    otras provincias
"""
"""That something is sent to places without naming them."""

BOGO = """
    buy one get one|buy one get|buy two get|get one|bogo|get the third|beli satu dapat|beli dua dapat|beli satu gratis
    beli dua gratis|beli 1|beli 2 dapat|buy one|leve 3|leve dois|leve duas|leve tres|pague um|pague uma|pague
    pague 2|lleva dos|lleva tres|paga uno|paga dos|dos por uno|tres por dos|2 x 1|3 x 2|2 por 1|deux achetes
    two for one|2 for 1|two for the price|dos por el precio|dois por um|dois pelo preco|deux pour un|deux pour le prix
    un achete|trois achetes|le second|le deuxieme|le troisieme|achetes|achete|اشتر واحد|اشتري واحد|والثاني
    والثانيه|الثاني مجانا|خذ واحد|1 و1|compre um|compre uma|compre dois
"""
"""Buy one, get one."""

WITHOUT = {
    "gluten": "gluten*|جلوتين|غلوتين",
    "no gluten": "gluten free|glutenfree|bebas gluten",
    "lactose": "lactos*|laktosa|لاكتوز",
    "no lactose": "lactose free|dairy free",
    "sugar": "sugar|gula|acucar*|azucar*|sucre|سكر",
    "no sugar": "sugar free|zero acucar|bebas gula",
    "alcohol": "alcohol|alcool|alkohol|كحول",
    "no alcohol": "alcohol free|bebas alkohol",
    "preservatives": "pengawet|preservative*|conservante*|conservador*|conservateur*|حافظه",
    "parabens": "paraben*|بارابين",
    "harm": """
        harm*|berbahaya|dano|toxic*|toxi*|bahaya|side effect|side effects|efek samping|engorda*|engordar|ضرر|يضر
        mal algum
    """,
    "flaw": """
        fade*|fading|shrink*|break|breaks|breaking|broken down|stain*|rust*|hurt|damage*|peel*|wrinkle*|crack*
        luntur*|pecah|menyusut|kusut|mengelupas|encolh*|desbot*|amass*|quebra|quebram|descasc*|enferruj*|encoge
        bleed*|smudge*|leak*|warp*|tarnish*|squeak*|creak*|pill|pills|pilling|snag*|sag|sags|itch*|irritat*|sting
        stings|bocor|robek|sobek|melar|karatan|berkarat|gatal|lecet|يتمزق|تتمزق|يسرب|تسرب|يتلف|تتلف|يتشقق
        encogen|destin*|decolor*|se rompe|se rompen|oxida|rouille*|deteint|deteignent|retrecit|retrecissent
        decolore*|se casse|ينكمش|تنكمش|يبهت|تبهت|يخرب|تخرب|ينكسر|تنكسر|يصدا
    """,
}
"""What a thing may be without, or may never do: to deny it is a promise as well."""

INTERNATIONAL = """
    ok okay whatsapp wa wpp zap insta instagram facebook messenger email chat info x pc pcs cm kg etc min max tel jne
    jnt sms hehe haha hihi kkk jaja rs lol
    """
"""What is said in every language."""

PROMISING_SIGNS = {
    "🆓": "free", "🎁": "gift", "🏷": "discount", "🛍": "gift", "💯": "genuine", "🔟": "number", "💸": "discount",
    "🤑": "discount", "🏆": "award", "🥇": "award", "🚚": "delivery",
    "♾": "lifetime", "∞": "lifetime", "½": "fraction",
}  # fmt: skip
"""Pictures that say something, and the kind of promise that they are ("": none)."""

PER = frozenset(["per", "a", "par", "la", "le", "l", "chaque", "each", "every", "por", "cada", "pro", "al"])
"""Words before a unit of time in which something costs its price: "per night"."""

CONTACTING = """
    get back to|come back to|be back to|back to you|write|text|message|call|ring|reply|answer|ask|check|email|update
    reecris|reecrirai|ecris|ecrit|ecrirai|ecrivons|reponds|repondrai|rappelle|rappellerai|demande|demanderai|redis|reviens|reviendrai
    recontacte|renseigne|verifie|kabari|kabarin|hubungi|tanya|tanyakan|tanyain|balas|escrevo|respondo|aviso|pergunto
    perguntar|ligo|retorno|escribo|pregunto|preguntar|llamo|هرد|ارد|أرد|اسأل|أسأل|هسأل|اتصل|أتصل
"""
"""Words of who writes back or asks: a day that is said of it is a day for nothing else."""

BOUNDING = """
    mas mais more less menos moins plus under over below above beyond than lebih kurang اكثر اقل
"""
"""Words before an amount that is a bound: who can't ask more than 50 asks 50."""

BOUNDS = """
    to till until through max maximum sampai sampe hingga maksimal ate maximo hasta al jusqu au a arrete الي لحد حتي لين
"""
"""Words before the end of a range: "it goes up to 41"."""

REFUSING = (
    "refus* declin* recus* neg* rechaz* depass* exceed* exced* ultrapass* subir* menolak* tolak* نرفض ارفض"
)
"""Words of which a denial agrees: "I can't say no to 50"."""

PEOPLE_OF_AN_AGE = """
    crianca* bebe bebes nino* nina* menin* filh* hij* nene nenes nena nenas miud* adult* idade edad idoso* mayores
    enfant* fils fille fillette garcon ans-d age ages aged child* kid kids baby babies toddler* anak anak-anak bayi
    balita usia umur gadis قاصر اطفال طفل طفله عمر عمره سن
"""
"""Words for somebody whose age is said, or for an age."""

WALKING = "pe pie pies andando caminando caminhando pied walk walking foot jalan سيرا مشيا"
"""Words behind a length of time that make it a distance."""

NO_PLURALS = """
    depois apenas demais juntos juntas nosotros vosotros ustedes gracias amigos amigas chicos chicas muchachos
    senhores senhoras senores senoras seguimos fechamos quedamos cerramos estamos podemos fazemos hacemos
    aceitamos aceptamos damos dejamos deixamos vamos tenemos quieres prefieres queridos queridas simplesmente
    mismos mismas anteriores pesos soles reales reais meticais euros dolares lucas pilas contos mangos
"""
"""Words behind a number that look like several things and are none."""

ASKING = """
    conversar converso falar falo hablar hablo pergunto perguntar pregunto preguntar preguntarle pedir peco pido
    pedirle consulto consultar consultarlo verifico verificar vejo chamar chamo llamar llamo llamarle checar checo
"""
"""Words by which the speaker turns to somebody."""

REPLYING = """
    retorn* respond* avis* digo decimos dizemos escrib* escrev* contest* llamo llamamos ligo ligamos reponds repondons
    falar falo hablar hablo pergunto pregunto consulto verifico checo reviso rappelle reply answer text kabari
    kabarin balas
"""
"""Words by which the speaker promises to come back to somebody, and nothing else."""

SHORT_DAYS = {
    "pt": {"seg": 1, "ter": 2, "qua": 3, "qui": 4, "sex": 5, "sab": 6, "dom": 7},
    "es": {"lun": 1, "mar": 2, "mie": 3, "jue": 4, "vie": 5, "sab": 6, "dom": 7},
    "fr": {"lun": 1, "mar": 2, "mer": 3, "jeu": 4, "ven": 5, "sam": 6, "dim": 7},
    "en": {"mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thurs": 4, "fri": 5, "sat": 6, "sun": 7},
}
"""Short names of days, which are that only beside another day or a time: many are other words as well."""

SAME_PIECES = "un und uni unid unidade unidades unidad ud uds pieza piezas pza pzas pcs pc"
"""Units of a count that mean the same."""

CONTAINING = """
    includes include incluye incluyen inclui incluem inclut incluent fabrique fabriquee fabriques
    fabriquees hecho hecha hechos hechas fabricado fabricada fabricados fabricadas feito feita
    feitos feitas made
"""
"""Words behind which stands what a thing has or is made of."""

ALSO = """
too also plus well includes included juga ikut sama sekalian sekaligus beserta dapat tambem junto juntos juntas inclui
tambien incluye incluido incluida aussi compris comprise inclus incluse كمان ايضا وايضا معها معه
"""
"""Words that ask for something besides."""

GREETINGS = """
hello hi hiya hey hallo halo hai helo morning afternoon evening day pagi siang sore malam assalamualaikum salam
ola oi dia tarde noite hola dias tardes noches bonjour bonsoir salut coucou
مرحبا اهلا اهلين هلا السلام سلام صباح مساء
"""
GREETING_PARTS = """
good there again back welcome selamat datang kembali waalaikumsalam bom boa bem vindo vinda buen buenos buenas
bienvenido bienvenida muy rebonjour وسهلا وسهلاً عليكم وعليكم بك بكم الخير النور
"""
"""Words of greetings: those that each has, and what may stand around them."""
