"""Words by which a sentence goes round what the customer has asked for: looked up, not dealt in, not promised.

Like those of `turns` they decide how a sentence is read, not whether a word of it may be said.

Out of scope: reading with them (`topics`).
"""

from __future__ import annotations

from msgspec import Struct

__all__ = ["DETOURS", "Detours"]


class Detours(Struct, frozen=True, kw_only=True):
    """The detours of a language: words by spaces."""

    lookups: str
    """Verbs of somebody who is going to ask or look something up; none of confirming, which promises."""
    deals: str
    """Verbs of a shop that has, makes, sells or takes something: with a negation it doesn't."""
    asserts: str
    """Words that make an assertion of what stands before or behind them."""
    pledges: str
    """Words that make a denial one of promising: "I can't promise …"."""
    knows: str
    """Words that make a denial one of knowing: "no idea whether …"."""
    unsure: str
    """Negations of knowing besides the others."""


DETOURS = {
    "en": Detours(
        lookups="check ask",
        deals="""
            do have got sell stock carry make take accept offer deliver ship post stocked keep list find see
            menu include* included range
        """,
        asserts="is are was were s re can will does has yes yep sure of course definitely",
        pledges="promise guarantee commit confirm",
        knows="idea clue know sure",
        unsure="no",
    ),
    "id": Detours(
        lookups="""
            tanya tanyakan tanyain nanyain nanya cek cekkan cekin ngecek periksa kutanya kutanyakan kutanyain kucek
            tanyai konfirmasi konfirmasikan sampaikan
        """,
        deals="ada punya jual menjual terima menerima sedia tersedia kirim melayani stok menu daftar katalog termasuk",
        asserts="adalah sudah udah bisa boleh ada pasti iya ya tentu jelas dijamin",
        pledges="janji menjanjikan janjikan menjamin jamin",
        knows="tahu tau yakin paham hafal disebutkan disebut",
        unsure="kurang belum",
    ),
    "pt": Detours(
        lookups="""
            verificar perguntar consultar checar conferir averiguar pergunto verifico consulto checo averiguo vejo
            espreitar ver perguntar-lhe perguntamos verificamos
        """,
        deals="""
            temos tenho tem trabalha trabalhamos fazemos faco faz vendemos vende aceitamos aceita entregamos entrega
            enviamos consta aparece ha fabricamos produzimos trago trazemos
            menciona mencionam especifica diz indica traz trazem mexe mexemos lista catalogo cardapio incluid* inclui
            incluso inclusa damos dou
        """,
        asserts="esta estao sao tem temos fica ficam sai custa pode podemos sim claro vai vem foi",
        pledges="prometer prometo garantir garanto prometemos garantimos",
        knows="ideia certeza sei diz consta indica",
        unsure="nenhuma",
    ),
    "es": Detours(
        lookups="""
            verificar preguntar consultar consultarlo checar averiguar revisar pregunto verifico consulto checo
            averiguo reviso miro ver preguntarlo averiguarlo revisarlo mirarlo mirarla consultarla preguntarla
            checarlo checarla revisarla verificarlo verificarla
        """,
        deals="""
            tenemos tengo hay manejamos manejo hacemos hago vendemos vende aceptamos acepto enviamos trabajamos
            aparece consta figura traemos traigo entregamos nos queda quedan
            tocamos damos lista catalogo menu incluid* incluye menciona mencionan especifica dice indica trae traen
        """,
        asserts="es son esta estan hay tiene tenemos queda cuesta sale puede podemos si claro va viene fue",
        pledges="prometer prometerte prometerle prometo garantizar garantizarte garantizarle garantizo asegurar",
        knows="idea seguro segura se sabria dice indica",
        unsure="ni ninguna",
    ),
    "fr": Detours(
        lookups="""
            verifier verifie demander demande renseigne renseigner consulter consulte regarder regarde voir poserai
            interroge interroger
        """,
        deals="""
            avons ai a fait faisons vend vendons proposons propose prenons prend acceptons livrons avez figure
            fabrique fabriquons liste carte inclus incluse incluses compris comprise
        """,
        asserts="est sont peut pouvons oui bien coute va fera sera etait",
        pledges="promettre promets garantir garantis promettons assurer assure",
        knows="idee sais precise indique dit certaine sur sure",
        unsure="aucune",
    ),
    "ar": Detours(
        lookups="""
            هسأل بسأل أسأل اسأل سأسأل نسأل بنسأل هشوف بشوف أشوف اشوف نشوف سأتأكد أتأكد نتأكد بتأكد هتأكد سنتأكد
            أستفسر نستفسر سأستفسر أشيك بشيك سأراجع أراجع نراجع نسول أسألك باسأل باتأكد
        """,
        deals="""
            عندنا عندي لدينا لدي نبيع نوفر نتعامل يوجد متوفر فيه نسوي نشحن نوصل نقبل مفيش مافيش ماعندنا ماعندي القايمة
            القائمة
        """,
        asserts="هو هي نعم اي ايه اكيد طبعا يكون",
        pledges="أعدك اعدك نعدك نوعدك أوعدك اوعدك أضمن اضمن نضمن",
        knows="أدري ادري اعرف أعرف علم معلومة متأكد متأكدة فكرة معلومات أكيدة",
        unsure="ليست ليس",
    ),
}
