"""Portuguese of Brazil and Mozambique: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words

__all__ = ["PORTUGUESE"]

PORTUGUESE = Language(
    code="pt",
    plain=plain_words("pt"),
    phrases="""
    nao tem problema|nao ha problema|o mais rapido possivel|o mais breve possivel|mais a
    bom dia|boa tarde|boa noite|bom fim de semana|fim de semana|boa semana|um bom dia|tenha um bom|de nada
    por favor|tudo bem|tudo certo|um instante|so um instante|um momento|so um momento|um minuto|um minutinho
    um segundo|uma pergunta|sem problema|sem problemas|com certeza|fica a vontade|fique a vontade|a vontade
    sem compromisso|ate logo|ate ja|ate breve|ate mais|em breve|seja bem vindo|seja bem vinda|a disposicao
    ao dispor|ponto de referencia|por aqui|por enquanto|de momento|no momento|endereco de entrega
    morada de entrega|taxa de entrega|custo de entrega|valor do frete|fazer esse preco|fazer por esse
    menos que isso|a partir|passo a passo|qualquer coisa|qualquer duvida|quando quiser passar|quando quiserem
    venham quando quiserem|boa pergunta|chave pix|da para|da pra|de presente ou|para presente|conta para
    conte para|por exemplo|pelo menos|isso mesmo|desse valor|cartao fidelidade|a mao|por medida|conta bancaria
    ate o|meu amor|meu bem
    """,
    kinds={
        "hours": """
            todo dia|todos os dias|o dia todo|dia inteiro|meia noite|madrugada|feriado*|ate tarde|sempre aberto
            sempre abertos|a qualquer hora
        """,
        "stock": """
            com o seu nome|no seu nome|em seu nome|guardado|guardada|a sua espera|te esperando|esperando voce
            reservado|reservada
            separado|separada|separei|ainda ha|ainda tem|ainda temos|ha na loja|tem na loja|temos na loja
            esta na loja|no seu tamanho|no teu tamanho|do seu tamanho|do teu tamanho|no seu numero
            seu numero aqui|vaga|vagas|muitas unidades|bastante estoque|tem bastante|temos bastante|de sobra
            aqui comigo|guardei
        """,
        "same": """
            mesmo preco|mesmo valor|custa o mesmo|sai o mesmo|fica o mesmo|pelo mesmo|mesma coisa que
            mesma qualidade|igual ao|igual a do|igual o|melhor que|melhor do que|ano passado|mes passado
            mesmo de antes|mesmos precos
        """,
        "shipping": """
            frete gratis|frete gratuito|entrega gratis|entrega gratuita|envio gratis|envio gratuito|sem frete
            frete por nossa conta|frete e por nossa|frete incluso|frete incluido|portes gratis
            nao cobramos frete|nao cobramos entrega|nao cobramos o frete|nao cobra frete|nao paga frete
            nao paga entrega|sem taxa de entrega|entrega de borla|frete zero|sem custo de envio
            nao cobramos a entrega|a entrega e gratis|o frete e gratis|entrega e gratis|frete e gratis
            a entrega e de borla
        """,
        "fast": """
            na hora|hoje mesmo|no mesmo dia|expresso|expressa|rapidinho|rapido|imediat*|pronta entrega|sai hoje
            sai amanha|envio imediato|esta ai|ta ai|amanha mesmo
        """,
        "delivery": """
            todas as provincias|todas as cidades|todo canto|qualquer cidade|na tua porta|na sua porta|ate voce
            ate sua casa|a sua casa|a tua casa|para todo|mandamos para|tua casa|sua casa|todos os bairros
            entrega|entregas|entregamos|entrego|entregar|entregue|entregues|entregam|cheg*|sedex|motoboy
            correios|transportadora|uteis|na sua casa|em casa|a casa|na porta|despach*|todo o brasil|todo brasil
            todo o pais|qualquer bairro|qualquer lugar|prazo*|em maos|levamos|retirada|recolha
        """,
        "refund": """
            reembols*|devolv*|devoluc*|dinheiro de volta|de volta|estorn*|seu dinheiro|compens*|indeniz*|cancel*
        """,
        "exchange": """
            troca|trocas|trocamos|troco|trocar|trocado|trocada|substitu*|damos uma nova|damos um novo|outra nova
            outro novo|novo|nova|em troca
        """,
        "guarantee": """
            garant*|segur*|assegur*|promet*|promessa|sem falta|certeza absoluta|confia|confie|confiar|confianca
            confiavel
        """,
        "lifetime": """
            vitalici*|para sempre|pra sempre|toda a vida|vida toda|por toda vida|a vida inteira|etern*
            permanente*|ilimitad*|quando quiser|a qualquer momento|nunca|jamais|sempre|sem limite
        """,
        "free": """
            eu pago|pago eu|fica por mim|a gente banca|banco eu|e por minha|e nosso o custo|nao gasta nada
            sem gastar
            gratis|gratuit*|de graca|de borla|borla|cortesia|por nossa conta|nossa conta|por conta da casa
            conta da casa|por minha conta|por conta nossa|sem custo|sem custos|sem taxa|sem taxas|sem pagar
            nao paga|nao pagam|nao cobramos|nao cobra|nao custa|custo zero|zero|sem entrada|sem acrescimo|isent*
            isenc*|pagamos|nos pagamos|a gente paga|livre de|sem cobrar|sem nenhum custo|na faixa|free
        """,
        "interest": "sem juros",
        "gift": """
            leva tambem|leve tambem|leva junto|tambem leva|levas tambem|brinde*|presente|presentes|de oferta
            oferec*|oferta*|mimo*|bonus|premio*|premiad*|sorte*|sortead*|ganh*|de presente|vai um|vai uma
            surpresa*|amostra*|parabens|senha|rifa|extra|extras|a mais|adicion*|lembranc*
        """,
        "lowering": """
            baixar|baixo|baixa o|baixamos|reduzir|reduzo|reduzimos|jeito no preco|preco melhor|melhor preco|tiro
            tiramos|por ser voce
        """,
        "discount": """
            descont*|promoc*|promo|liquidac*|saldo*|saldos|black friday|oferta especial|cupom|cupons|cupao
            codigo*|vale|vales|voucher*|preco especial|preco de custo|atacado|por atacado|revenda|barat*
            mais barato|mais baratos|abat*|abatimento|reduc*|off|menos|baixaram|baixou|economiz*|poup*|queima
            pechincha|imperdivel|fidelidade|pontos|clube|fechado|fechou|te faco|faco por|faco a|faco pra|faco um
            deixo por|deixo a|sai por apenas|preco de amigo|precinho|para si|pra voce|preco bom|negoci*|quebro
            arredond*
        """,
        "fraction": """
            metade|meio|meia|terco|quarto de|dobro|triplo|duzia*|dezena*|dezenas|centena*|centenas|milhares
            cento|centos|par de
        """,
        "cashback": "cashback|cash back|dinheiro de volta",
        "instalment": """
            pago depois|pagamento depois|pago no fim|acerta depois|acertamos depois|paga o que
            pagar depois|pague depois|paga depois|pagar mais tarde|pagar quando|paga quando|so paga|pagas depois
            parcel*|prestac*|em vezes|vezes sem|divid*|credito|crediario|fiado|a prazo|financi*|juros|entrada
            sinal|mensal*|mensais|mes que vem|fim do mes|carne|emprestim*|resto
        """,
        "cod": "pagar na entrega|pagamento na entrega|paga quando|pagar ao receber|na entrega",
        "payment": """
            pix|cartao|cartoes|boleto|debito|credito|m pesa|mpesa|e mola|emola|mkesh|vr|va|ticket|picpay
            mercado pago|paypal|visa|mastercard|iban|nib|bci|bim|conta|chave|deposit*|dinheiro vivo|a vista
            multibanco|mb way|transferencia|cheque
        """,
        "genuine": """
            original|originais|autentic*|genuin*|verdadeir*|legitim*|oficial|oficiais|de marca|marca|pur*|puro
            de verdade|nao e replica
        """,
        "organic": "organic*|biologic*",
        "natural": "natural|naturais|sem quimica|diet|light|integral|caseir*",
        "halal": "halal|kosher",
        "vegan": "vegan*|vegetarian*|sem crueldade",
        "certified": """
            certific*|selo*|anvisa|inmetro|aprovad*|innoq|iso|homologad*|registad*|licencia*|licenca|testad*
            norma*
        """,
        "award": """
            premiad*|premio*|nota maxima|estrelas|famos*|conhecid*|campe*|eleit*|avaliac*|recomendad* por
            mais vendid*|vendid*|sucesso
        """,
        "health": """
            bom para a|bom para o|boa para a|boa para o|faz bem|ajuda a|ajuda na|ajuda no|pode comer|podem comer
            alivia
            cura|curam|curar|saudav*|saude|emagre*|medicin*|trata|tratam|terapeutic*|hipoalergenic*|dermatolog*
            antibacterian*|segur*|nao faz mal|faz bem|vitamin*|alivi*|dor|dores|milagr*
        """,
        "waterproof": """
            a prova|impermeavel|resistente a agua|prova d agua|chuva|molhar|lavar|lava|lavavel|lavad*
        """,
        "durable": """
            dura|duram|durar|duradour*|duravel|duraveis|resist*|inquebravel|fort*|aguent*|validade|conserv*
            bateria
        """,
        "handmade": "feito a mao|feita a mao|feitos a mao|feitas a mao|artesan*|bordad* a mao|manual|a mao",
        "ecological": "ecolog*|sustentavel|reciclav*|reciclad*|biodegrad*",
        "imported": """
            importad*|importac*|italian*|frances*|japones*|alema*|american*|belg*|europeu|europeia|export*
        """,
        "premium": """
            so para si|so pra voce|ninguem mais|so aqui|so nos temos
            premium|luxo|luxuos*|exclusiv*|edicao limitada|qualidade|de primeira|primeira linha|alto padrao|top
            profissional|fino acabamento
        """,
        "best": """
            o mais|a mais|os mais|as mais|do mercado|da cidade
            melhor|melhores|o mais barato|mais baratos|numero um|imbativel|lider*|unic*|campeao|incomparavel
            nota dez|mais baratos da
        """,
        "scarcity": """
            ultim*|rest*|so tem mais|sobrou|sobraram|sobram|sobra|corre|corra|aproveit*|acabando|acabou de
            poucas|poucos|pouquinh*|limitad*|esgotando|so hoje|hoje so|por tempo|pronta entrega|a pronta
            em estoque|em stock|recem|novidade
        """,
        "trial": "test* gratis|experiment*|provar|prova|degustac*|amostra",
        "included": "inclu*|inclus*",
    },
    numbers="""
    zero 0 um 1 uma 1 dois 2 duas 2 tres 3 quatro 4 cinco 5 seis 6 sete 7 oito 8 nove 9 dez 10 onze 11 doze 12
    treze 13 quatorze 14 catorze 14 quinze 15 dezesseis 16 dezasseis 16 dezessete 17 dezassete 17 dezoito 18
    dezenove 19 dezanove 19 vinte 20 trinta 30 quarenta 40 cinquenta 50 sessenta 60 setenta 70 oitenta 80
    noventa 90 cem 100 cento 100 duzentos 200 duzentas 200 trezentos 300 trezentas 300 quatrocentos 400
    quatrocentas 400 quinhentos 500 quinhentas 500 seiscentos 600 seiscentas 600 setecentos 700 setecentas 700
    oitocentos 800 oitocentas 800 novecentos 900 novecentas 900
    """,
    scales="mil 1000 milhao 1000000 milhoes 1000000 k 1000 bilhao 1000000000",
    ones="um uma",
    joins="e",
    spans="""
    segundo second segundos second minuto minute minutos minute min minute hora hour horas hour h hour hs hour
    dia day dias day semana week semanas week mes month meses month ano year anos year noite day noites day
    quinzena week decada decade decadas decade
    """,
    money="""
    real BRL reais BRL conto BRL contos BRL pila BRL pilas BRL prata BRL mango BRL mangos BRL pau local
    paus local centavo c centavos c metical MZN meticais MZN dolar $ dolares $ euro EUR euros EUR rand ZAR
    rands ZAR libra GBP libras GBP
    """,
    prices="""
    preco* valor* cust* sai saem fica ficam por total paga* taxa frete vale apenas somente so sao faco deixo
    leva entrada sinal a tudo
    """,
    percents="por cento|porcento|por-cento",
    working="uteis util corridos",
    negators="nao nem sem nunca nenhum nenhuma jamais",
    fillers="""
    temos tem tenho tinha tem-se ha fazemos faco faz fazem oferecemos oferece ofereco damos dou dao trabalhamos
    com aceitamos aceito aceita vendemos informacao informacoes info sobre de do da o a os as um uma e esta
    estao ser sao possivel consigo conseguimos podemos posso dar fazer nenhum nenhuma outro outra mais no
    momento ainda para por em qualquer tipo nosso nossa esse essa existe existem inclui incluimos incluso
    parcelamos nos na
    """,
    denied_after="""
    temos tem ha esta estao fazemos inclui incluido incluida incluso disponivel aceitamos oferecemos e
    """,
    checks="""
    espreit* olh* vejo perguntar
    verific* confirm* consult* pergunt* ver sei saber sabe cert* informac* informar inform* checar cheq* dizer
    averig* avis* conferir
    """,
    about="se sobre qual quais quanto quando como",
    breakers="mas porem contudo entretanto so porque pois e entao",
    sizes="tamanho* tam numero* n medida* busto cintura quadril altura manequim calcado pe",
    orders="""
    pedido* encomenda* factura* fatura* nota numero* n protocolo rastreio codigo recibo rua avenida bairro
    """,
    pieces="""
    pessoa* convidado*
    peca* unidade* caixa* par pares pacote* kit* conjunto* un und cor cores tamanho* sabor*
    """,
    dates="""
    janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro jan fev mar abr mai
    jun jul ago set out nov dez dia data desde
    """,
    times="as das ate a partir pelas h hs para entre",
    titles="""
    oi ola bom boa dia tarde noite senhor senhora sr sra dona seu prazer obrigado obrigada querido querida amigo
    amiga para
    """,
    moves="envi* sai saem cheg* entreg* vai mand* despach* pronto pronta prontos levamos recebe* recebera",
    meets="venha venham vem vir pass* esper* aguard* anot* retir* visit* levant* encontr* combinado",
    pays="pag* cobr* cust* gast*",
    mays="pode podemos posso consigo conseguimos aceitamos possivel da fazemos",
    above="partir acima minim* desde mais superior*",
    affirms="""
    isso mesmo|exatamente|exactamente|claro que sim|serve|vem sim|muito bem
    sim|claro|pode|podemos|posso|consigo|conseguimos|faco|fazemos|ok|beleza|combinado|feito|certo|fechado
    com certeza|pode ser|da sim|da pra|da para|tem sim|temos sim|tenho|temos|ha|isso|exato|aceito|aceitamos
    esta bem|ta bom|ta bem|esta feito|tambem
    """,
    talk="""
    transfiro|te passo|lhe passo|relaxa|sem estresse|que chato|que chata|o que aconteceu|aconteceu|puts
    nossa|eita|deus|caramba
    sem problema|sem problemas|nao tem problema|nao ha problema|sem compromisso|sem pressa
    responde|respondem|vou repassar|vou encaminhar|repasso|encaminho|fica a vontade|fique a vontade
    se quiser|se quiserem|se preferir|muito bem|isso mesmo|esta certo|claro que sim|escritorio|envio lhe
    envio-lhe|digo lhe|te mando|te envio|preco e esse|esse mesmo|e esse o preco|estafeta|a loja
    um minutinho|so um|recebemos
    oi|oie|ola|bom dia|boa tarde|boa noite|bom fim|boa semana|seja bem|bem vind*|bem-vind*|obrigad*|agradec*
    valeu|de nada|por nada|imagina|disponha|dispor|a disposicao|desculp*|perdao|lament*|infelizmente|sinto
    que pena|poxa|puxa|prazer|perfeito|otimo|otima|maravilha|que bom|que legal|que lindo|show|legal|parabens
    boa pergunta|boa escolha|entendo|entendi|entendido|compreend*|vou ver|vou verificar|vou confirmar
    vou perguntar|vou conferir|vou checar|vou chamar|vou passar|vou avisar|vou pedir|vou mostrar|vou olhar
    vou consultar|vou falar|vou anotar|deixa eu|deixe-me|deixe me|vamos confirmar|vamos conferir
    vamos verificar|te aviso|te digo|te falo|te respondo|te retorno|lhe digo|lhe respondemos|lhe respondo
    aviso|avisar|respondo|respondemos|retorno|confirm*|verific*|pergunt*|consult*|colega*|equipe|equipa
    assistente|atendente|gerente|patrao|dona|dono|responsavel|aguard*|fico a espera|espera|esperamos por
    um momento|um instante|um minuto|um minutinho|um segundo|por favor|me diz|me diga|me manda|me mande
    me passa|me passe|me conta|me fala|diga-me|diga me|mande-me|qual voce|qual prefere|qual seria|seu nome
    seu endereco|sua morada|a morada|o endereco|seu pedido|anotei|anotado|recebi|recebido|recebemos|duvida*
    qualquer coisa|ajud*|estou por aqui|estou aqui|estamos aqui|chamar|chame|depende*|preco e fixo|preco fixo
    ate logo|ate ja|ate breve|ate mais|abraco*|beijo*|tchau|igualmente|quando quiserem|quando quiser
    pode mandar|pode enviar|pode escolher|que tal|feliz|espero
    """,
    each="cada unidade por-unidade",
    haves="tem temos tenho ha existe sobrou tinha",
    withs="com mais incluindo junto",
)
