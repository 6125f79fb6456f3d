"""Spanish: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language

__all__ = ["SPANISH"]

SPANISH = Language(
    code="es",
    plain="""
    el la los las un una unos unas lo de del al a en con sin por para sobre entre hasta desde hacia segun ante
    bajo tras e y o u ni que si como cuando donde cual cuales quien quienes cuanto cuanta cuantos cuantas porque
    pues entonces tambien tampoco solo solamente unicamente ya aun todavia mas muy mucho mucha muchos muchas
    poco bien mal aqui aca alli alla ahi esto eso aquello este esta estos estas ese esa esos esas aquel aquella
    ella ellos ellas yo tu vos usted ustedes nosotros nos me te se le les mi mis tus su sus nuestro nuestra
    nuestros nuestras mio mia suyo suya suyos conmigo contigo no hola buenas buenos buen buena dia dias tarde
    tardes noche noches gracias favor disculp* perdon* lament* siento sentimos desafortunadamente
    lamentablemente pena claro cierto correcto exacto perfecto genial estupendo excelente vale va listo bueno
    entiendo entendido comprendo encantad* gusto placer feliz amable estimad* querid* amig* bienvenid* senor
    senora senorita sr sra don dona joven todo toda todos todas algun alguno alguna algunos algunas algo alguien
    ningun ninguno ninguna nadie otro otra otros otras mismo misma propio cada ambos ambas tal asi luego despues
    antes ahora momento momentito instante mientras durante quizas quiza vez posible posiblemente exactamente
    precisamente principalmente igualmente realmente normalmente depende dependiendo conforme ser soy eres es
    somos son era fue eran seria serian sera seran siendo sido estar estoy estamos estan estaba estara sea sean
    tener tengo tienes tiene tenemos tienen tenia tuvo tendra tendria tenga haber hay hubo habia ir voy vas
    vamos van iba vaya fuera hacer hago haces hace hacemos hacen hizo hecho hecha hechos hechas haria poder
    puedo puedes puede podemos pueden podria podriamos pudo querer quiero quieres quiere queremos quieren
    quisiera quisieras gust* gustaria prefier* prefer* necesit* deber debo debe decir digo dice decimos dicen
    dijo diga dime decirle decirte hablar hablo habla hablamos hable contar cuente cuenta cuento ver veo ve
    vemos vea visto mirar mira miro saber sabe sabemos sepa sepas creer creo pensar piens* buscar busc* encontr*
    elegir elij* elig* escog* apart* anot* apunt* registr* confirm* revis* verific* consult* checar checo
    comprob* averigu* inform* avis* respond* respuesta* contest* pregunt* pedir pido pide pedimos pidio pida
    pedido* encarg* orden ordenes compr* vend* venta atend* atencion ayud* util mand* envi* recib* pas* pasar
    llam* escrib* mostr* muestr* ensen* visit* venir viene vienen venga esper* aguard* volv* vuelv* regres*
    qued* dej* tom* llev* traer trae saco sac* poner pon* us* usar usando serv* sirv* cuest* costar precio*
    valor* total suma cantidad pag* pago pagos dinero transfer* comprobante recibo factura* ticket tarifa costo
    coste costes costos gasto* envio envios entreg* recog* retir* direccion* calle avenida av colonia barrio
    ciudad codigo postal piso numero* referencia cerca lejos lugar ubicac* tienda* sitio pagina enlace web
    telefono* movil celular whats contacto* contact* correo email mensaje* foto* imagen imagenes video*
    catalogo* lista* medida* medir mide miden talla* tamano* color colores modelo* tipo* sabor* aroma* olor peso
    pesa acabado* pieza* unidad* caja* par pares paquete* juego conjunto* producto* articulo* opcion* variedad
    detalle* informac* dato datos duda* cuestion problema* motivo* asunto nombre* completo completa cliente*
    persona* equipo companer* encargad* dueno gerente vendedor* taller abierto abierta abiertos abrimos abre
    abren abrir cerrado cerramos cierra horario* hora horas fecha disponible disponibles existencia* agot* falt*
    acept* inclu* ofrec* trabaj* fabric* produc* elabor* maneja* manejamos caro queja* reclam* ocurr* ocurrido
    sucedi* defecto averi* romp* rot* danad* cambiar explic* describ* grande grandes pequen* mayor menor largo
    larga ancho alto alta altura bajar ligero fino grueso mediano mujer hombre nin* hij* madre padre mama papa
    marido esposa esposo bebe* chic* regalo ocasion evento trabajo casa comedor sala cocina escuela espacio
    interes* curios* idea suger* recomiend* recomend* compar* diferenc* diferente* igual iguales parecid*
    recuerd* olvid* complet* fin final comienzo inicio parte lado frente resto veces forma manera caso cosa
    cualquier cualquiera tranquil* calma prisa paciencia abrazo* beso* saludo* cordial* atentamente asistente
    virtual robot humano sistema automatic* abajo arriba siguiente siguientes primero primera primer segundo
    ultimo reserv* guard* cintura pecho cadera pie pies cabeza mano manos cuerpo ruido sonido dar doy da damos
    dan darle darte debajo encima dentro alrededor gustosamente aparto favorit* ascensor escalera planta
    extensible reducir negociar modificar subir compromiso enseguida breve pronto tarda tardar consta consto
    permite permitir deseas desea desean deseo parece ok okay molido grano kilo dispong* disposicion mover
    movemos inconveniente* inconvenien* colabor* compart* sabria sabriamos sabre sabremos estes estemos estuv*
    encuentr* mandame dinos diganos digame cuenteme cuentame pregunteme escribame disculpame permitame permiteme
    dejame dejeme acercate acerquese menu plato* platillo* comida* cena almuerzo desayuno dulce* salad* picante
    fri* caliente* relleno masa ingrediente* receta agend* cita citas marc* sesion servicio* reparac* arregl*
    instal* mont* limp* presupuest* visita* mesa* reservac* evento* invitad* tecnic* soporte area departamento
    encargado* jefe jefa patron administra* proveedor* gerencia intent* analiz* evalu* calcul* estudi* discut*
    acord* acuerd* resolv* resuelv* solucion* organiz* prepar* prioriz* gestion* tramit* proces* coordin* empez*
    empiez* comenz* comienz* termin* acab* continu* sig* seguir segui* seguimiento estado estatus situacion
    paso* etapa* finaliz* conclu* proced* textura estilo estampad* lis* borde* cierre* base fondo lateral
    interior creemos pienso imagino supongo espero esperamos dudo prefiero sugiero recomiendo aconsej* cuid*
    atent* carino respeto comodidad comod* tranquilidad parecer parecen aparente* record* recuerde confund*
    perdi perdio extravi* trat* relacion* referente respecto acerca debido aunque embargo obstante tanto salvo
    excepto incluso siquiera ademas primeramente posterior* antigu* reciente* ultimamente general* comun comunes
    frecuent* rara temprano madrugada mediodia vecin* famili* herman* prim* tio tia abuel* suegr* novi* alumn*
    profesor* empresa* oficina* fabrica productor* client* mexico colombia argentina chile peru espana pais
    provincia municipio region zona centro capital comuna distrito celular* diametro longitud profundidad grosor
    capacidad volumen potencia voltaje jeje jajaja ahh hmm ay uy oiga oye che parce mijo mija linda lindo reina
    corazon amor cielo tranqui porfa porfis xfa tmb tb q pq dnd grax estaremos estare haremos hare diremos dire
    veremos vere iremos ire traeremos traigo traiga pondre tendremos tendre podre podremos podran quedamos quedo
    quedaste colaboro colabora ayudo adelante pendiente* pendientes animate adjunt* archivo* documento* audio*
    captura* pantalla* clic acced* entr* sal salir necesari* obligatori* important* esencial urgente urgencia
    simple* facil* dificil* complicad* posibilidad* alternativ* solucion
    ti dame deme segundito ratito ratico minutico momentico fijo fijamos fijate maestra maestro profe profesor
    profesora chef mecanico tecnica instructor instructora estilista repartidor mensajero chofer bajarte bajarle
    bajarselo atiende atienden ilusion cumple cumplir anos cumpleanos pases pase paseis lindo bonito bonita preciosa
    precioso guapa guapo cari vecina che dale bueno nomas ahorita orita ahoritita sip nop sipi obvio buenisimo
    barbaro joya bacano chevere chido padre listo regio macanudo disculpa disculpame mil personas persona invitados
    comensales cuantos segundo aguantame esperame permiteme lleguen uy huy upa caramba lastima
    exacta exacto apuro apurarse uh uhh macana macanas tengas tenga tenes cubre cubren cubrir cobertura
    comunico comunicar derivo derivar transfiero pasando escribis escribime escribinos contame contanos decime
    decinos mandame mandas mandanos pasas pasame fijate avisame avisanos quedate tomate tomese
    llamame llamanos venis venite sabes queres preferis buscas buscabas necesitas elegis pensas pensalo pensar
    piensalo decidas decidis decidirte animas medir medis mides calzas calzo usas llevas ajustado aprieta
    apretado flojo holgado despego despegaron descosio rompieron rompio manchado equivocado equivocada error
    errores falto faltaba cumpleanos aniversario boda bodas quinceanos graduacion novia novio suegra
    sobrina sobrino nieta nieto abuelita abue mami papi madrina padrino barrio depto timbre
    porteria entrecalles esquina manzana lote fraccionamiento delegacion alcaldia municipio mensajito wasap
    guasap videito fotito fotitos ratito cachito enseguidita capaz quizas posta onda
     che tio majo maja guay tronco colega peque nena nene flaca gordo gorda reinita mijita
    jefecito patroncito seño profe doc licenciada lic inge ojala dios bendiga bendiciones saluditos besitos
    abrazote chau chao adios hastaluego gracia mercedes
    """,
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
    withs="con mas incluyendo junto",
)
