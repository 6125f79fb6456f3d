"""Spanish: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words

__all__ = ["SPANISH"]

SPANISH = Language(
    code="es",
    plain=plain_words("es"),
    phrases="""
    no hay problema|no hay drama|sin drama|ningun problema|lo mas pronto
    buenos dias|buenas tardes|buenas noches|buen dia|tenga buen dia|que tenga un buen|buen fin de semana
    feliz dia|por favor|muchas gracias|mil gracias|de nada|con gusto|con mucho gusto|un momento|un minuto
    un segundo|un instante|sin problema|sin problemas|sin compromiso|hasta luego|hasta pronto|hasta manana
    nos vemos|por supuesto|desde luego|por ahora|de momento|ahora mismo|en breve|a la brevedad
    direccion de envio|direccion de entrega|costo de envio|gastos de envio|coste de envio|hacer ese precio
    hacerle ese precio|menos de eso|a partir|cualquier cosa|cualquier duda|buena pregunta|que yo sepa|un saludo
    un abrazo|es usted|lo antes posible|a mano|de verdad|por cierto|mil disculpas|el envio a todo|en total
    en cuanto
    eso mejor|mejor se lo|mejor te lo|mejor le pregunto|mejor lo pregunto|mejor consulto|llegamos hasta el|a ti
    para ti
    """,
    kinds={
        "hours": """
            todos los dias|todo el dia|cada dia|medianoche|feriado*|festivo*|hasta tarde|dia y noche
            a cualquier hora
        """,
        "stock": """
            a tu nombre|con tu nombre|a su nombre|guardada*|guardado*|reservado*|reservada*|esperandote
            te esta esperando
            en tu numero|en tu talla|de tu talla|de tu numero|en su talla|en su numero|tu talla si|queda lugar
            quedan lugares|hay lugar|hay lugares|hay cupo|hay cupos|quedan cupos|queda cupo|hay stock
            tenemos stock|queda uno|queda una|quedan varios|quedan varias|quedan muchos|quedan muchas|me quedan
            me queda|nos queda|de sobra|hay bastante|tenemos bastante|apartado|separado|te guarde|te aparte
        """,
        "same": """
            mismo precio|lo mismo que|en lo mismo|cuesta lo mismo|cuestan lo mismo|sale lo mismo|salen lo mismo
            vale lo mismo|igual que el|igual que la|igual que los|igual que antes|iguales que|ano pasado
            mes pasado|mejor que|mejores que|mismos precios|misma calidad|mismo de antes
        """,
        "shipping": """
            envio gratis|envio gratuito|envios gratis|envio es gratis|entrega gratis|entrega gratuita
            sin costo de envio|sin gastos de envio|envio incluido|no cobramos envio|no cobramos el envio
            no paga envio|no pagas envio|envio corre por|envio va por|envio a cuenta nuestra
            envio por nuestra cuenta|envio sin costo|envio sin coste|gratis el envio|portes gratis
            portes pagados|regalamos el envio
        """,
        "fast": """
            misma tarde|misma noche|misma manana
            mismo dia|manana mismo|hoy mismo|express|expres|urgente|inmediat*|rapid*|tu puerta|su puerta
        """,
        "delivery": """
            a tu casa|a su casa|a todas partes|todo mexico|toda la ciudad|cualquier parte|cualquier ciudad
            te lo llevo|te la llevo|se lo llevo|te lo llevamos|se lo llevamos|te lo acerc*|te la acerc*|hasta tu
            hasta su|te lo mando|te lo mandamos
            entrega|entregas|entregamos|entregar|entregado|entregan|lleg*|envio|envios|enviamos a|en casa|puerta
            mensajeria|paqueteria|domicilio|habiles|laborables|laborales|plazo|plazos|toda europa|todo el pais
            todo el mundo|toda espana|cualquier lugar|despach*|en tu casa|en su casa|recogida|tarda|tardamos
            tardan
        """,
        "refund": """
            reembols*|devol*|devuelv*|dinero de vuelta|su dinero|tu dinero|compens*|indemniz*|cancel*
            recog* gratis|diferencia
        """,
        "exchange": """
            cambio|cambios|cambiamos|cambiar|cambiarlo|cambiarla|reemplaz*|sustitu*|repon*|nuevo|nueva
        """,
        "guarantee": "garant*|asegur*|segur*|promet*|promesa|sin falta|confia|confie|confianza|confiable",
        "lifetime": """
            de por vida|por vida|para siempre|toda la vida|vitalici*|etern*|permanente*|ilimitad*|cuando quieras
            cuando quiera|en cualquier momento|nunca|jamas|siempre|sin limite
        """,
        "free": """
            yo pago|lo pago yo|la pago yo|corre por mi|sin que pagues|sin que pague|yo invito
            gratis|gratuit*|de regalo|va de regalo|van de regalo|sin costo|sin coste|sin cargo|sin cargos|sin pagar
            sin enganche
            sin entrada|cortesia|corre por nuestra|por nuestra cuenta|por cuenta nuestra|nuestra cuenta
            por cuenta de la casa|cuenta de la casa|invita la casa|invitamos|no pagas|no paga|no cobramos
            no cuesta|cero|exent*|pagamos nosotros|lo pagamos|ponemos nosotros|lo ponemos|corre por mi
            por mi cuenta|de balde|free|libre de
        """,
        "interest": "sin intereses",
        "gift": """
            lleva tambien|llevas tambien|llevate tambien|regal*|obsequi*|bonus|bono|bonos|premio*|sorteo*|sorte*
            gana|ganas|gane|ganes|ganar|ganaste|ganado|ganan|sorpresa*|detallito|incluyo|le incluyo
            te incluyo|muestra gratis|muestras|extra|extras|viaje|vale de|vales|te llevas|anad*|agreg*|participa
        """,
        "lowering": """
            bajar|bajo el|bajamos|bajarle|reducir|reducimos|hacer precio|hago precio|mejor precio|te descuento
        """,
        "discount": """
            descuent*|rebaj*|promoc*|promo|oferta|ofertas|liquidac*|cupon*|codigo de|vale de|vales de|voucher*
            precio especial|precio de amigo|mayoreo|por mayor|mayorista|barat*|mas barato|mas barata|ahorr*|off
            menos|bajo de precio|bajaron|black friday|buen fin|outlet|ganga|remate|te lo dejo|se lo dejo
            se la dejo|te la dejo|lo dejo|la dejo|dejo en|le quito|te quito|quito|le hago|te hago|cerramos
            negoci*|puntos|acumul*|club|fidelidad|tarjeta de cliente|tratos|nada mas|es suya|es tuyo|es tuya
            es suyo|te lo llevas|se lo lleva|regate*|redonde*|suscripc*
        """,
        "fraction": """
            mitad|medio|media|tercio|cuarto de|doble|triple|docena*|decena*|decenas|centena*|cientos|miles
            par de
        """,
        "cashback": "cashback|cash back",
        "instalment": """
            pago despues|pago luego|me pagas|me lo pagas|pagar luego
            pagas cuando|pagar cuando|paga cuando|pagas despues|pagar despues|paga despues|pagas luego|pagas la
            cuota|cuotas|a plazos|plazos|mensualidad*|meses sin|intereses|interes|credito|financi*|abono|abonos
            enganche|apart* con|senal|anticip*|pagos chicos|fiado|prestamo*|quincena*
        """,
        "cod": """
            contra entrega|contraentrega|contra reembolso|contrarreembolso|pagar al recibir|pago al recibir
            pagas al recibir
        """,
        "payment": """
            paypal|visa|mastercard|tarjeta|tarjetas|efectivo|bizum|clabe|iban|oxxo|mercado pago|deposit*|spei
            yape|nequi|cuenta bancaria|banco|bbva|santander|banamex|transferencia|cheque
        """,
        "genuine": """
            original|originales|autentic*|genuin*|verdader*|legitim*|oficial|oficiales|de marca|marca|puro|pura
            real
        """,
        "organic": "organic*|ecologico|ecologica|biologic*",
        "natural": "natural|naturales|sin quimicos|light|dietetic*|casero|casera",
        "halal": "halal|kosher",
        "vegan": "vegan*|vegetarian*",
        "certified": """
            certific*|sello*|usda|fsc|aprobad*|iso|homologad*|registrad* ante|licencia*|probado|probada|norma
            normas|cofepris|avalad*
        """,
        "award": """
            premiad*|premio*|ganador*|estrellas|famos*|conocid*|campeon*|elegid*|votad*|recomendad* por
            mas vendid*|excelencia|clientes contentos|clientes satisfechos|contentos
        """,
        "health": """
            bueno para la|buena para la|bueno para el|buena para el|ayuda a|ayuda con|se te quita|quita el
            te quita
            cura|curan|saludable*|salud|adelgaz*|bajar de peso|medic*|trata|terapeutic*|hipoalergenic*
            dermatolog*|antibacterian*|no hace dano|migrana|vitamin*|alivia*|dolor|dolores|milagr*|toxic*
        """,
        "waterproof": """
            impermeable*|resistente al agua|a prova|a prueba|lluvia|mojar|lavar|lava|lavable*|lavavajillas
            microondas|intemperie|exterior*
        """,
        "durable": """
            dura|duran|durar|durader*|durable*|resist*|aguant*|irrompible*|fuerte|robust*|soport*|conserv*
            sin perder|anos de vida
        """,
        "handmade": "hecho a mano|hecha a mano|hechos a mano|hechas a mano|artesan*|a mano",
        "ecological": "ecologic*|sostenible*|sustentable*|reciclable*|reciclad*|biodegrad*|comercio justo",
        "imported": "importad*|italian*|frances*|japones*|aleman*|american*|europe*|export*",
        "premium": """
            solo para ti|solo aqui|nadie mas|solo nosotros
            premium|lujo|lujos*|exclusiv*|edicion limitada|calidad|de primera|alta gama|top|profesional
        """,
        "best": """
            el mas|la mas|los mas|las mas|del mercado|de la ciudad|del pais
            mejor|mejores|el mas barato|numero uno|inmejorable|lider*|unico|unica|campeon|incomparable|numero 1
        """,
        "scarcity": """
            ultim*|queda poco|quedan poc*|solo quedan|quedan solo|nos quedan|quedan unidades|poquit*|apurate
            apresur*|corre|aproveche|aprovech*|limitad*|se acaban|se agotan|agotando|solo hoy|hoy esta
            por tiempo|en existencia|en stock|acaba de llegar|recien
        """,
        "trial": "prueba|de prueba|probar|probarlo|probarla|degust*|muestra*",
        "included": "incluid*|incluy*|incluye",
    },
    numbers="""
    cero 0 un 1 uno 1 una 1 dos 2 tres 3 cuatro 4 cinco 5 seis 6 siete 7 ocho 8 nueve 9 diez 10 once 11 doce 12
    trece 13 catorce 14 quince 15 dieciseis 16 diecisiete 17 dieciocho 18 diecinueve 19 veinte 20 veintiun 21
    veintiuno 21 veintiuna 21 veintidos 22 veintitres 23 veinticuatro 24 veinticinco 25 veintiseis 26
    veintisiete 27 veintiocho 28 veintinueve 29 treinta 30 cuarenta 40 cincuenta 50 sesenta 60 setenta 70
    ochenta 80 noventa 90 cien 100 ciento 100 doscientos 200 doscientas 200 trescientos 300 trescientas 300
    cuatrocientos 400 cuatrocientas 400 quinientos 500 quinientas 500 seiscientos 600 seiscientas 600
    setecientos 700 setecientas 700 ochocientos 800 ochocientas 800 novecientos 900 novecientas 900
    """,
    scales="mil 1000 millon 1000000 millones 1000000 k 1000",
    ones="un uno una",
    joins="y",
    spans="""
    segundo second segundos second minuto minute minutos minute min minute hora hour horas hour h hour hrs hour
    dia day dias day semana week semanas week mes month meses month ano year anos year noche day noches day
    quincena week decada decade decadas decade
    """,
    money="""
    peso peso pesos peso varo MXN varos MXN lana MXN luca local lucas local pavo local pavos local mango local
    mangos local centavo c centavos c centimo c centimos c euro EUR euros EUR dolar $ dolares $ sol PEN
    soles PEN libra GBP libras GBP bolivar VES bolivares VES quetzal GTQ quetzales GTQ colon CRC colones CRC
    lempira HNL
    """,
    prices="""
    precio* valor* cuest* vale valen sale salen queda por total pag* tarifa coste costo solo solamente son es
    serian dejo en a envio
    """,
    percents="por ciento|porciento",
    working="habiles laborables laborales naturales",
    negators="no ni sin nunca ningun ninguna ninguno jamas tampoco",
    fillers="""
    tenemos tengo tiene hay hacemos hago hace ofrecemos ofrece damos doy trabajamos manejamos aceptamos acepta
    vendemos informacion info sobre de del el la los las un una es esta estan son ser posible puedo podemos
    hacer dar ningun ninguna otro otra mas por momento ahora mismo para con en cualquier tipo nuestro nuestra
    ese esa existe existen incluye incluimos lo se que sea constan consta
    """,
    denied_after="""
    tenemos tiene hay esta estan incluye incluido incluida disponible aceptamos ofrecemos es hacemos
    """,
    checks="""
    fij* mir* miro pregunto
    verific* confirm* consult* pregunt* ver se saber sabe segur* informac* inform* checar checo decir* averig*
    avis* revis* comprob* constan consta dato
    """,
    about="si sobre cual cuales cuanto cuando como",
    breakers="pero aunque sino porque pues y entonces",
    sizes="talla* tamano* numero* n medida* pecho cintura cadera altura",
    orders="pedido* orden factura* ticket numero* n folio guia rastreo codigo calle avenida",
    pieces="""
    persona* comensal* invitado*
    pieza* unidad* caja* par pares paquete* juego conjunto* mesa* color colores talla*
    """,
    dates="""
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre ene feb
    mar abr jun jul ago sep oct nov dic dia el fecha desde
    """,
    times="las la a desde hasta entre hs horas",
    titles="""
    hola buenas buenos dia dias tarde tardes noche noches senor senora sr sra don dona encantado encantada
    gracias estimado estimada para
    """,
    moves="envi* sal* lleg* entreg* va mand* despach* listo lista recib* tiene tienes tendra",
    meets="venga ven venir pas* esper* apunt* anot* recog* visit* acerc* agend*",
    pays="pag* cobr* cuest* gast*",
    mays="puede puedes puedo podemos aceptamos posible se hacemos",
    above="partir arriba minim* desde mas superior*",
    affirms="""
    asi mismo|exactamente|claro que si|muy bien
    si|claro|puedo|podemos|puedes|puede|dale|listo|vale|va|ok|sale|de acuerdo|por supuesto|hecho|trato|bueno
    perfecto|se puede|hacemos|te la|te las|te lo|te los|tenemos|hay|asi es|exacto|correcto|como no|tambien
    """,
    talk="""
    sin apuro|tomate|tu tiempo|te comunico|le comunico|te derivo|que macana|uh|uy|tranqui|tranquila
    tranquilo|me escribis|me escribes|te paso|ya te paso|me mandas|que paso|ojala|bendiciones
    sin problema|sin problemas|no hay problema|no hay drama|sin drama|sin compromiso|sin apuro
    ningun problema
    si prefiere|si prefieres|si quieres|si quiere|si gusta|una persona|te escribo|le escribo|te mando
    le mando|lo mandamos por|se lo mandamos por|que yo sepa|muy bien|asi es el precio|es el precio
    me fijo|ya te|ya le|se lo pregunto|te pregunto
    hola|holi|buenas|buenos dias|buen dia|buenas tardes|buenas noches|bienvenid*|gracias|de nada|con gusto
    con mucho gusto|a ti|a usted|a vos|disculp*|perdon*|lament*|siento|lo sentimos|lastima|que pena|pena
    encantad*|un placer|placer|perfecto|genial|excelente|estupendo|que bien|que bueno|que lindo|que ilusion
    felicidades|felicitaciones|buena pregunta|buena eleccion|entiendo|entendido|comprendo|te entiendo|dejame
    dejeme|dame|deme|permiteme|permitame|te aviso|le aviso|te confirmo|le confirmo|te digo|le digo|te cuento
    le cuento|te respondo|le respondo|te paso con|le paso|voy a preguntar|voy a consultar|voy a ver
    voy a revisar|ya reviso|reviso|revisamos|pregunt*|consult*|confirm*|verific*|averigu*|companer*|equipo
    asistente|encargad*|duen*|espera|espere|esperame|un momento|un momentito|un segundo|un segundito
    un minuto|por favor|porfa|dime|digame|decime|contame|cuentame|mandame|mandanos|pasame|paseme|escribeme
    escribenos|tu nombre|su nombre|tu direccion|su direccion|tu pedido|su pedido|anot*|apunt*|recibid*
    recibimos|ya la veo|ya lo veo|duda*|cualquier cosa|ayud*|aqui estamos|aca estamos|estoy aqui|estamos para
    que necesites|que necesite|depende*|precio es fijo|precio fijo|hasta luego|hasta pronto|hasta manana
    nos vemos|saludo*|abrazo*|beso*|que estes|que tengas|que tenga|que pases|feliz|espero|esperamos
    por supuesto|le explico|te explico|cual prefieres|cual te
    """,
    each="cada unidad",
    haves="hay tenemos tengo queda quedan esta tiene",
    withs="con mas incluyendo junto lleva llevan",
)
