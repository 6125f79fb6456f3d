"""Spanish: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words, promises

__all__ = ["SPANISH"]

SPANISH = Language(
    code="es",
    plain=plain_words("es"),
    phrases="""
    no hay problema|no hay drama|sin drama|ningun problema|lo mas pronto|buenos dias|buenas tardes|buenas noches
    buen dia|tenga buen dia|que tenga un buen|buen fin de semana|feliz dia|por favor|muchas gracias|mil gracias
    de nada|con gusto|con mucho gusto|un momento|un minuto|un segundo|un instante|sin problema|sin problemas
    sin compromiso|hasta luego|hasta pronto|hasta manana|nos vemos|por supuesto|desde luego|por ahora|de momento
    ahora mismo|en breve|a la brevedad|direccion de envio|direccion de entrega|costo de envio|gastos de envio
    coste de envio|hacer ese precio|hacerle ese precio|menos de eso|a partir|cualquier cosa|cualquier duda
    buena pregunta|que yo sepa|un saludo|un abrazo|es usted|lo antes posible|a mano|de verdad|por cierto
    mil disculpas|el envio a todo|en total|en cuanto|eso mejor|mejor se lo|mejor te lo|mejor le pregunto
    mejor lo pregunto|mejor consulto|llegamos hasta el|a ti|para ti|regalame un|regaleme un|me regalas|me regala
    regalame tu|regaleme su|regalame el nombre|nada mas|nada mas eso|nomas eso|solo eso|mejor esperar
    mejor preguntar|mejor confirmar|mejor espera|mejor pasa|mejor ven|mejor llama|mejor te|mejor le|a lo mejor
    lo mejor es|lo mejor seria|lo mejor sera|mas o menos|no mas|de nuevo|nuevo por aca|ano nuevo|feliz ano nuevo
    mas tarde|mas temprano|al menos|por lo menos|menos mal|siempre que|siempre un gusto|siempre a la orden
    a la orden|la verdad|en verdad|que tengas un|que pases un|con calma|sin prisa|con confianza|con toda confianza
    en confianza|a las ordenes|a sus ordenes|echar un ojo|echarle un ojo|dar una vuelta|darse una vuelta
    date una vuelta|dese una vuelta|para regalar|es para regalo|para regalo o|un cafe|explicarme mejor|ver mejor
    te explico mejor|entender mejor|lo siento|mejor dicho|que te mejores|mejorate|cambio y fuera|en cambio
    mejor averiguo|mejor averiguamos|mejor le averiguo|mejor le confirmo|mejor te confirmo|mejor verifico
    mejor reviso|mejor dejame|mejor dejeme|mejor que yo|sabe mejor|saben mejor|quien mejor|quedo a deber
    le quedo a deber|te quedo a deber|quedo debiendo|a deber|que tengan hoy|que tienen hoy|como llegar|para llegar
    llegar aqui|llegar aca|llegar hasta aqui|de los domicilios|el de los domicilios|al contrario|para eso estamos
    para eso estoy|desde cero|de cero|medio dia|buena pregunta esa|le echo un vistazo|le echo un ojo|te echo un ojo
    echo un vistazo|echo un ojo|lo de los envios|lo de las entregas|lo del envio|no va incluido|no esta incluido
    no viene incluido
    su interes|tu interes|por el interes|el interes|su amable interes|a la mayor brevedad|mayor brevedad
    lo mas pronto posible|cuanto antes|por el momento solo|por ahora solo|solo manejamos|solo contamos con
    un buen detalle|que buen detalle|bonito detalle|que bonito detalle|lindo detalle|que lindo detalle
    que detalle|un detalle muy|para un regalo|un regalo para|de regalo para|para su regalo|para regalo
    su regalo|es un regalo|la mejor opcion para|mejor opcion para|orientarle mejor|orientarte mejor
    ayudarle mejor|ayudarte mejor|asesorarle mejor|atenderle mejor|atenderte mejor|recomendarle mejor
    siempre a su disposicion|siempre a tu disposicion|siempre que lo|que tenga un excelente|un excelente
    una excelente|excelente dia|excelente tarde|con certeza|permanecemos cerrados|disculpe las molestias
    las molestias|alguna otra duda|otra consulta|otra duda|en este momento|en lo que|algo mas
    te doy una respuesta|le doy una respuesta|te doy respuesta|le doy respuesta|te doy razon|le doy razon
    fin de semana|excelente fin de semana|lindo fin de semana|feliz fin de semana|un lindo fin|hermoso fin de semana
    que tenga un excelente fin de semana|excelente semana|linda semana|buena semana|feliz semana|un excelente dia
    por cuenta del cliente|va por cuenta del cliente|corre por cuenta del cliente|por cuenta del comprador
    por cuenta del alumno|por cuenta del huesped|a cargo del cliente|a cargo del comprador|por su cuenta|por tu cuenta
    por pagar|va por pagar|van por pagar|es por pagar|se vende aparte|se venden aparte|vendido por separado
    se vende por separado
    se venden por separado|se cobra aparte|aparte|por separado|hora de llegada|hora de la llegada|horario de llegada
    fecha de llegada|antes de la llegada|antes de su llegada|antes de tu llegada|su llegada|tu llegada|a la llegada
    al llegar|cuando llegue|cuando lleguen|si llega antes|si llegas antes|si llegan antes|si llega mas temprano
    si llegas mas temprano|dia de llegada|dia de su llegada|siempre que quiera|siempre que quieras|siempre que necesite
    siempre que necesites|como siempre|casi siempre|no siempre|vuelva siempre|si tiene alergia|si tienes alergia
    si tiene alguna alergia|alguna alergia|en caso de alergia|exterior de la casa|de interior o exterior
    para interior o exterior|es mejor venir|es mejor llamar|mejor venir|mejor medir|seria mejor|seria lo mejor
    lo mejor seria hablar|mejor hablar|mejor horario|cual es el mejor|mejor dia para|feliz estancia|buena estancia
    buen viaje|feliz viaje|buena clase|buena suerte|feliz cumpleanos|felices fiestas|feliz navidad|buen finde
    buen finde semana|lindo finde|lindo dia|bonito dia|bonita tarde|linda tarde|linda noche|bonita noche|feliz tarde
    feliz noche|feliz jueves|feliz viernes|feliz lunes|feliz martes|feliz miercoles|feliz sabado|feliz domingo
    buen lunes|buen martes|buen domingo|codigo de la pieza|codigo de la parte|numero de parte|numero de pieza
    manual del vehiculo|manual del auto|manual del equipo|en el manual|el manual|de modo que|de ese modo|de este modo
    """,
    kinds=promises("es"),
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
    negators="no ni sin nunca ningun ninguna ninguno jamas tampoco imposible",
    fillers="""
    tenemos tengo tiene hay hacemos hago hace ofrecemos ofrece damos doy trabajamos manejamos aceptamos acepta
    vendemos informacion info sobre de del el la los las un una es esta estan son ser posible puedo podemos hacer
    dar ningun ninguna otro otra mas por momento ahora mismo para con en cualquier tipo nuestro nuestra ese esa
    existe existen incluye incluimos lo se que sea constan consta estamos estoy haciendo dando ofreciendo aceptando
    vendiendo manejando te le les me nos os si segura seguro poder pueden podria puedes ahorita aqui nada todavia
    aun solemos suelo bajar realizamos realizo realizan contamos cuenta cuentan conseguir haber ver decir saber
    seguros segun creo sabria
    """,
    denied_after="""
    tenemos tiene hay esta estan incluye incluido incluida disponible aceptamos ofrecemos es hacemos
    """,
    checks="""
    fij* mir* miro consultarlo preguntarlo pregunto verific* confirm* consult* pregunt* ver saber sabe informac*
    inform* checar checo decir*
    averig* avis* revis* comprob* constan consta dato
    """,
    about="si sobre cual cuales cuanto cuando como",
    breakers="pero aunque sino porque pues y entonces",
    sizes="talla* tamano* numero* n medida* pecho cintura cadera altura",
    orders="pedido* orden factura* ticket numero* n folio guia rastreo codigo calle avenida",
    pieces="""
    persona* comensal* invitado* pieza* unidad* caja* par pares paquete* juego conjunto* mesa* color colores talla*
    alumno* clase* sesion* leccion* nino* adulto* plaza* porcion* rebanada* pedazo* plato* huesped*
    pagina* hoja*
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
    meets="""
    venga ven venir pas* esper* apunt* anot* recog* visit* acerc* agend* cerrad* cerramos cierra cita marcamos
    coordinamos quedamos descans* veo vemos vernos agenda horario atend* digo aviso confirmo escribo llamo
    """,
    pays="pag* cobr* cuest* gast*",
    mays="puede puedes puedo podemos aceptamos posible se hacemos",
    above="partir arriba minim* desde mas superior*",
    affirms="""
    asi mismo|exactamente|claro que si|muy bien|si|claro|puedo|podemos|puedes|puede|dale|listo|vale|va|ok|sale
    de acuerdo|por supuesto|hecho|trato|bueno|perfecto|se puede|hacemos|te la|te las|te lo|te los|tenemos|hay|asi es
    exacto|correcto|como no|tambien|hagale|hagale pues|dale pues|sale pues|orale|va pues|va que va|listo pues|de una
    trato hecho|venga|venga va|joya|barbaro|buenisimo|genial|obvio|sin falta|sisi|sip|simon|asi quedamos
    quedamos asi|cuente con eso|cuenta con eso|cuenta con ello|sin problema|sin problemas|no hay problema
    ningun problema|no hay drama|tranquilo|esta bien|claro claro|si si|si senor|si senora|si claro|faltaba mas
    no faltaba mas|seguro|afirmativo|andale|andele|metale|metele|ya esta|ya estuvo|ya quedo|quedo|queda asi|sea
    que asi sea|se hace|lo hacemos|se le hace|le hacemos|te hacemos|te hago|le hago|acepto|aceptamos|okis|oki|chi
    """,
    talk="""
    para la familia|y familia|a la familia|a los suyos|sugiero|te sugiero|le sugiero|recomiendo|te recomiendo
    le recomiendo|aconsejo|te aconsejo|le aconsejo|le sugeriria|te sugeriria
    sin apuro|tomate|tu tiempo|te comunico|le comunico|te derivo|que macana|uh|uy|tranqui|tranquila|tranquilo
    me escribis|me escribes|te paso|ya te paso|me mandas|que paso|ojala|bendiciones|sin problema|sin problemas
    no hay problema|no hay drama|sin drama|sin compromiso|ningun problema|si prefiere|si prefieres|si quieres
    si quiere|si gusta|una persona|te escribo|le escribo|te mando|le mando|lo mandamos por|se lo mandamos por
    que yo sepa|muy bien|asi es el precio|es el precio|me fijo|ya te|ya le|se lo pregunto|te pregunto|hola|holi
    buenas|buenos dias|buen dia|buenas tardes|buenas noches|bienvenid*|gracias|de nada|con gusto|con mucho gusto
    a ti|a usted|a vos|disculp*|perdon*|lament*|siento|lo sentimos|lastima|que pena|pena|encantad*|un placer|placer
    perfecto|genial|excelente|estupendo|que bien|que bueno|que lindo|que ilusion|felicidades|felicitaciones
    buena pregunta|buena eleccion|entiendo|entendido|comprendo|te entiendo|dejame|dejeme|dame|deme|permiteme
    permitame|te aviso|le aviso|te confirmo|le confirmo|te digo|le digo|te cuento|le cuento|te respondo|le respondo
    te paso con|le paso|voy a preguntar|voy a consultar|voy a ver|voy a revisar|ya reviso|reviso|revisamos|pregunt*
    consult*|confirm*|verific*|averigu*|companer*|equipo|asistente|encargad*|duen*|espera|espere|esperame|un momento
    un momentito|un segundo|un segundito|un minuto|por favor|porfa|dime|digame|decime|contame|cuentame|mandame
    mandanos|pasame|paseme|escribeme|escribenos|tu nombre|su nombre|tu direccion|su direccion|tu pedido|su pedido
    anot*|apunt*|recibid*|recibimos|ya la veo|ya lo veo|duda*|cualquier cosa|ayud*|aqui estamos|aca estamos
    estoy aqui|estamos para|que necesites|que necesite|depende*|precio es fijo|precio fijo|hasta luego|hasta pronto
    hasta manana|nos vemos|saludo*|abrazo*|beso*|que estes|que tengas|que tenga|que pases|feliz|espero|esperamos
    por supuesto|le explico|te explico|cual prefieres|cual te|imagin*|creo|pienso|pensa|pensalo|piensalo|piensa
    piense|pensar|vuelvo|vuelve|vuelva|calma|relaj*|habla|hable|hablar|hablo|hablamos|cuent*|conta|contanos|contar
    di|diga|digan|digo|decir|dice|dices|decis|decirte|decirle|mira|mire|miren|mirar|miro|mirá|escrib*|llama|llame
    llamar|llamo|llamanos|llamenos|grita|pido|pedir|quiere*|quiero|quieres|queres|queria|quisiera|prefier*|preferis
    gusta*|gusto|gustaria|encant*|me encanta|amo|amamos|sabe|saber|supe|sabria|ja*|jaj*|jeje*|dios|extran*|me alegro
    me alegra|nos alegra|alegr*|lind*|bonit*|precios*|hermos*|venga|vengan|ven|veni|vente|venir|pasa|pase|pasen
    pasar|pasate|pasese|date una|dese una|trae|traiga|traigan|traela|traelo|traemelo|manda|mande|manden|mandar
    mandeme|elige|elegi|escoge|escoja|elegir|escoger|intenta|intente|apaga|echa|echale|descripcion|anuncio|ficha
    informacion|record*|recuerd*|acuerd*|olvid*|veo|vea|vean|ver|vamos a ver|a ver|veamos|te esperamos|le esperamos
    los esperamos|los espero|te espero|esperanos|estare|estaremos|estamos siempre|a la orden|a las ordenes
    a sus ordenes|bendic*|bendig*|amen|saludos|tenga|tengan|tengas|que te vaya|que le vaya|cuid*|cuidate|cuidese
    descans*|buenos|buen|felic*|suerte|buen provecho|tranqui*|tranquil*|relajad*|joya|barbaro|chevere|bacano|chido
    padre|orale|sale y vale|va que va|vale vale|listo pues|listo entonces|hecho entonces|de una|dejalo|dejamelo
    cuenta conmigo|cuente conmigo|necesit*|alguna|alguno|algun|alguien|no se|todavia no|aun no|no hay de que
    no hay por que|faltaba mas|no faltaba|ey|hey|epa|huy|ay|hijole|caray|pues si|pues no|asi es|correcto|exacto
    claro|logico|obvio|verdad|quizas|quiza|tal vez|a lo mejor|capaz|puede que|probable*|segun|dependiendo|direccion
    nombre|telefono|numero|contacto|ubicacion|comprobante|foto|fotos|fotito|imagen|video|audio|mensaje|pedido|tema
    asunto|opinion|sugeren*|queja|reclamo|idea|consejo|problema|error|equivoc*|confus*|culpa|falla nuestra
    malentendido|molest*|triste|entiende|entiendes|entendes|entendiste|comprend*|todo bien|todo en orden|todo listo
    como vas|como va|como esta|como estas|como estan|como andas|como anda|como te va|que tal|que mas|que onda
    que hubo|quiubo|sigue|siguen|abajo|siguiente|atiend*|atend*|conversar|platicar|platicamos|charlar|charlamos
    agend*|marcar|reservar|anota|anote|anoto|apunta|apunte|tecnico|jardiner*|cociner*|modista|costurer*|sastre
    tapicer*|chef|gerencia|gerente|supervisor*|vendedor*|jefa|jefe|patron|patrona|la chica|el chico|la muchacha
    el muchacho|la senora|el senor|los companeros|el taller|duda|dudas|curios*|interes*|busc*|esper*|aguant*
    ya vuelvo|ya vengo|ahora vuelvo|ahora vengo|en un rato|en un ratito|al rato|en un momento|ahorita te|ahorita le
    ahora te|ahora le|luego te|luego le|mas tarde te|hasta el|hasta la|hasta ahora|hasta entonces|chau|chao|adios
    bye|atentamente|cordial*|agradec*|mil gracias|un gusto|mucho gusto|preocup*|no te apures|no se apure
    no pasa nada|que va|para nada|de ningun modo|en absoluto|con permiso|con confianza|en confianza|animo|animate
    animese|adelante|pregunta*|responde*|contest*|andele|andale|pues|ostras|vaya|jo|caso|en ese caso|en tal caso
    que yo|sera un placer|bien recib*|mide|medi|medidas|delicia|importante|importa|dificil decir|es complicado
    con el|con ella|con su medico|recepcion|cocina|zapatero|carpintero|oficina|chicos|chicas|bancame|deber|perdona*
    tio|tia|apagal*|trael*|traigal*|enganar*|afirmar*|mentir*|al contrario|mujer|hombre|para eso|nombe|uf|data
    chusmear|miras|miralos|miralas|ven y|los miras|la miras|tu misma|tu mismo|usted misma|usted mismo|novedades
    noticias|con la respuesta|respuesta|personalmente|que bueno que|nunca es tarde|quiere que|quieres que|explicar
    como llegar|fijese|fijate|para servirle|para servirte|a su servicio|quedo atento|quedo atenta|quedamos atentos
    quedo pendiente|vistazo|ni idea|que mono|que mona
    con todo gusto|aclar*|orient*|a que nombre|a nombre de|registro|registr*|proced*|desea|deseas|deseen
    le interesa|te interesa|que detalle|que buen detalle|bonito detalle|lindo detalle|comprension|molestias
    disculpe las molestias|inconveniente*|condolencias|tomese|tome su tiempo|el tiempo que necesite
    en nuestra lista|en nuestro catalogo|en la lista|en el catalogo|solo tenemos ese|solo tengo ese
    solo tengo esa
    """,
    each="cada unidad",
    haves="hay tenemos tengo queda quedan esta tiene",
    withs="con mas incluyendo junto lleva llevan",
)
