"""Portuguese of Brazil and Mozambique: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words, promises

__all__ = ["PORTUGUESE"]

PORTUGUESE = Language(
    code="pt",
    plain=plain_words("pt"),
    phrases="""
    nao tem problema|nao ha problema|o mais rapido possivel|o mais breve possivel|mais a|bom dia|boa tarde|boa noite
    bom fim de semana|fim de semana|boa semana|um bom dia|tenha um bom|de nada|por favor|tudo bem|tudo certo
    um instante|so um instante|um momento|so um momento|um minuto|um minutinho|um segundo|uma pergunta|sem problema
    sem problemas|com certeza|fica a vontade|fique a vontade|a vontade|sem compromisso|ate logo|ate ja|ate breve
    ate mais|em breve|seja bem vindo|seja bem vinda|a disposicao|ao dispor|ponto de referencia|por aqui|por enquanto
    de momento|no momento|endereco de entrega|morada de entrega|taxa de entrega|custo de entrega|valor do frete
    fazer esse preco|fazer por esse|menos que isso|a partir|passo a passo|qualquer coisa|qualquer duvida
    quando quiser passar|quando quiserem|venham quando quiserem|boa pergunta|chave pix|da para|da pra|de presente ou
    para presente|conta para|conte para|por exemplo|pelo menos|isso mesmo|desse valor|cartao fidelidade|a mao
    por medida|conta bancaria|ate o|meu amor|meu bem|melhor esperar|melhor confirmar|melhor perguntar|melhor ver
    melhor voce|melhor falar|melhor passar|melhor ligar|o melhor e|um pouquinho|so um pouquinho|pouquinho de calma
    regras da casa|meu pouco|mais ou menos|pelo que sei|por acaso|de jeito nenhum|de maneira nenhuma|nada disso
    que nada|um bocadinho|com certeza que sim|sem falta de educacao|para si tambem|pra voce tambem|para voce tambem
    bom trabalho|um novo dia|um bom domingo|bom domingo|boa sorte|com calma|novo por aqui|de novo|feliz ano novo
    ano novo|mais tarde|mais cedo|mais logo|logo mais|menos ainda|mais alguma|mais algum|seu dia|sempre as ordens
    as ordens|sempre que|sempre bom|sempre um prazer|ao menos|de verdade|na verdade|verdade|com licenca
    dar uma olhada|dar uma olhadinha|dar uma espiada|uma olhada|fica a dica|ta ai|e pra presente|e para presente
    para oferecer|quer de presente|ver melhor|explicar melhor|entender melhor|melhor possivel
    pode confiar em mim que|conta comigo|ponto de encontro|horario de funcionamento|melhoras|estamos a sua espera
    estou a sua espera|ficamos a sua espera|fico a sua espera|estaremos a sua espera|estamos a tua espera
    fico a tua espera|a nossa espera|explica melhor que eu|explicam melhor que eu|sabe melhor que eu
    sabem melhor que eu|melhor que eu|melhor do que eu|melhor que ninguem|me conta|me conte|te conto|so me conta
    me conta depois|depois me conta|depois conta|te esperando|estou te esperando|to te esperando
    estamos te esperando|esperando voce|nao da mesmo|pode ser por|pode ser via|por minha parte|da minha parte
    experimentando|experimente e|so experimentando|conta ai|conta tudo|tudo isso|por tudo isso|como chegar
    para chegar|chegar ate nos|chegar aqui|chegar ca|chegar la|do zero|boa questao|meio dia|ate meio dia
    fora de maputo|quanto a isso|e so gritar|so gritar|aproveite bem|aproveite o|bom proveito|quando quiser e so
    te dou um retorno|lhe dou um retorno|dou um retorno|dou retorno|te dou retorno|lhe dou retorno|dar um retorno
    te dou uma resposta|lhe dou uma resposta|dou uma resposta|traz aqui que|venha provar|a vida|parabens|muitos parabens
    por conta do cliente|e por conta do cliente|por conta do aluno|e por conta do aluno|por conta do comprador
    e por conta do comprador|por conta de quem compra|por conta do hospede|fica por conta do cliente|por sua conta
    e por sua conta|a cargo do cliente|fica a cargo do cliente|por conta do destinatario
    vendido a parte|vendida a parte|vendidos a parte|vendidas a parte|vendido separadamente|vendida separadamente
    vendidos separadamente|vendidas separadamente|cobrado a parte|cobrada a parte|a parte
    hora da chegada|hora de chegada|horario de chegada|data de chegada|data da chegada|dia da chegada
    antes da chegada|sua chegada|na chegada|se chegar mais cedo|se chegar antes|se chegarem|quando chegar
    quando chegarem
    disponha sempre|conte sempre|sempre que precisarem|sempre que quiser|volte sempre|voltem sempre|como sempre
    quase sempre|nem sempre|se tem alergia|se tiver alergia|tem alguma alergia|alguma alergia|alguma restricao
    casos de alergia|caso tenha alergia|exterior da casa|para exterior ou interior|de interior ou exterior
    ainda hoje te|hoje te|entrar na fila|melhor falar com|melhor e falar|melhor ligar antes|melhor vir|seria melhor
    o melhor seria|e melhor vir|e melhor ligar|e melhor medir|melhor medir|mais perto de|da casa dele|da sua casa
    em casa de|boa estadia|boa estada|otima estadia|boa leitura|bons estudos|boa aula|boa festa|boas festas|bom filme
    bom passeio|bom evento|boa prova|boa recuperacao|boa consulta|bom inicio de semana|boa quarta|boa quinta|boa sexta
    boa segunda|boa terca|otimo fim de semana|excelente fim de semana|lindo fim de semana|otima semana|excelente semana
    otima tarde|otima noite|um otimo|uma otima|melhor horario|qual o melhor|qual seria o melhor|qual e o melhor
    melhor dia para voce|melhor horario para voce|codigo da peca|codigo do produto|numero da peca|manual do veiculo
    manual do carro|manual do aparelho|no manual|o manual
    nosso especialista|nossa especialista|com o especialista|com um especialista|um especialista
    profissional de saude|um profissional|informacao adicional|informacoes adicionais
    alguma informacao adicional|duvida adicional|ajuda adicional|com todo o gosto|com muito gosto
    com todo gosto|vem em duas partes|vem em duas pecas|o quanto antes|quanto antes|em seguida
    logo em seguida|assim que possivel|com brevidade|pelo seu interesse|seu interesse|sua preferencia
    da sua preferencia|o melhor para voce|a melhor opcao para voce|melhor opcao para si|melhor orienta-lo
    melhor ajudar|ajudar melhor|melhor atender|atender melhor|orientar melhor|melhor lhe atender
    te ajudar melhor|e melhor eu|melhor eu|melhor nos|tenha um excelente dia|uma excelente|um excelente
    excelente tarde|excelente dia|excelente noite|sempre que precisar|sempre que precise|conte conosco sempre
    conte sempre connosco|conosco sempre|sempre a disposicao|sempre ao seu dispor
    nos proximos dias|um momento por favor|na descricao|sua compreensao
    um profissional de saude|um profissional da saude|profissional da area|ja vai embalad*
    o mais indicado|mais indicado e|setor de expedicao
    """,
    kinds=promises("pt"),
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
    negators="nao nem sem nunca nenhum nenhuma jamais impossivel",
    fillers="""
    temos tem tenho tinha tem-se ha fazemos faco faz fazem oferecemos oferece ofereco damos dou dao trabalhamos com
    aceitamos aceito aceita vendemos informacao informacoes info sobre de do da o a os as um uma e esta estao ser
    sao possivel consigo conseguimos podemos posso dar fazer nenhum nenhuma outro outra mais no momento ainda para
    por em qualquer tipo nosso nossa esse essa existe existem inclui incluimos incluso parcelamos nos na estamos
    estou estava fazendo dando oferecendo aceitando trabalhando vendendo te lhe lhes me se certeza sei bem agora
    mesmo hoje poder podia conseguir haver fornecemos fornece costumamos costumo costuma rola esses essas que este
    nada dizer ver aqui realizamos realizo realizam contamos conta la meu minha vos ja
    """,
    denied_after="""
    temos tem ha esta estao fazemos inclui incluido incluida incluso disponivel aceitamos oferecemos e
    trabalhamos trabalho consigo conseguimos posso podemos dispomos disponho possuimos consta constam
    vendemos
    """,
    checks="""
    espreit* olh* vejo perguntar verific* confirm* consult* pergunt* ver sei saber sabe informac* informar inform*
    checar cheq* dizer averig* avis* conferir
    """,
    about="se sobre qual quais quanto quando como",
    breakers="mas porem contudo entretanto so porque pois e entao",
    sizes="tamanho* tam numero* n medida* busto cintura quadril altura manequim calcado pe",
    orders="""
    pedido* encomenda* factura* fatura* nota numero* n protocolo rastreio codigo recibo rua avenida bairro
    """,
    pieces="""
    pessoa* convidado* peca* unidade* caixa* par pares pacote* kit* conjunto* un und cor cores tamanho* sabor*
    aluno* crianca* adulto* lugar* pedaco* fatia* porcao porcoes dose* copo* prato* hospede* passageiro*
    pagina* folha* aula* sessao sessoes licao licoes noite* diaria*
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
    meets="""
    venha venham vem vir pass* esper* aguard* anot* retir* visit* levant* encontr* combinado fechad* fechamos fecha
    encerrad* folga descans* marcar marca marcamos agend* chama combinamos recado espero agenda horario digo
    aviso confirmo falo ligo funcion*
    """,
    pays="pag* cobr* cust* gast*",
    mays="pode podemos posso consigo conseguimos aceitamos possivel da fazemos",
    above="partir acima minim* desde mais superior*",
    affirms="""
    isso mesmo|exatamente|exactamente|claro que sim|serve|vem sim|muito bem|sim|claro|pode|podemos|posso|consigo
    conseguimos|faco|fazemos|ok|beleza|combinado|feito|certo|fechado|com certeza|pode ser|da sim|da pra|da para
    tem sim|temos sim|tenho|temos|ha|isso|exato|aceito|aceitamos|esta bem|ta bom|ta bem|esta feito|tambem|bora
    fechou|partiu|topo|topamos|demorou|isso ai|sem duvida|mas claro|e claro|logico|obvio|pode crer|sim senhor
    sim senhora|esta combinado|vamos nessa|ya|okay|claro que|manda ver|sem problema|sem problemas|nao tem problema
    nao ha problema|nao ha maka|sem maka|tranquilo|de boa|suave|tudo bem|esta certo|ta certo|ta certinho|aceite
    va la|seja|que seja|feito entao|entao ta|entao esta|uhum|aham|positivo|sempre|pois sim|pois claro|sim sim
    sim claro|claro claro|fica assim|fica entao|vale|dou|damos|consegue se|da se um jeito|a gente faz
    a gente consegue|fica combinado|esta bom|ta otimo|ta feito|bele|blz|joia|show
    """,
    talk="""
    esta a vontade|esteja a vontade|estejam a vontade|e so escrever|e so chamar|e so dizer|e so avisar|quando decidir
    quando decidirem|o local|e o local|a data|e a data|a hora|e a hora|para a familia|e familia|a familia toda
    para os seus|sugiro|te sugiro|lhe sugiro|recomendo|te recomendo
    lhe recomendo|aconselho|te aconselho|lhe aconselho|eu indicaria|eu sugeriria
    transfiro|te passo|lhe passo|relaxa|sem estresse|que chato|que chata|o que aconteceu|aconteceu|puts|nossa|eita
    deus|caramba|sem problema|sem problemas|nao tem problema|nao ha problema|sem compromisso|sem pressa|responde
    respondem|vou repassar|vou encaminhar|repasso|encaminho|fica a vontade|fique a vontade|se quiser|se quiserem
    se preferir|muito bem|isso mesmo|esta certo|claro que sim|escritorio|envio lhe|envio-lhe|digo lhe|te mando
    te envio|preco e esse|esse mesmo|e esse o preco|estafeta|a loja|um minutinho|so um|recebemos|oi|oie|ola|bom dia
    boa tarde|boa noite|bom fim|boa semana|seja bem|bem vind*|bem-vind*|obrigad*|agradec*|valeu|de nada|por nada
    imagina|disponha|dispor|a disposicao|desculp*|perdao|lament*|infelizmente|sinto|que pena|poxa|puxa|prazer
    perfeito|otimo|otima|maravilha|que bom|que legal|que lindo|show|legal|parabens|boa pergunta|boa escolha|entendo
    entendi|entendido|compreend*|vou ver|vou verificar|vou confirmar|vou perguntar|vou conferir|vou checar
    vou chamar|vou passar|vou avisar|vou pedir|vou mostrar|vou olhar|vou consultar|vou falar|vou anotar|deixa eu
    deixe-me|deixe me|vamos confirmar|vamos conferir|vamos verificar|te aviso|te digo|te falo|te respondo|te retorno
    lhe digo|lhe respondemos|lhe respondo|aviso|avisar|respondo|respondemos|retorno|confirm*|verific*|pergunt*
    consult*|colega*|equipe|equipa|assistente|atendente|gerente|patrao|dona|dono|responsavel|aguard*|fico a espera
    espera|esperamos por|um momento|um instante|um minuto|um segundo|por favor|me diz|me diga|me manda|me mande
    me passa|me passe|me conta|me fala|diga-me|diga me|mande-me|qual voce|qual prefere|qual seria|seu nome
    seu endereco|sua morada|a morada|o endereco|seu pedido|anotei|anotado|recebi|recebido|duvida*|qualquer coisa
    ajud*|estou por aqui|estou aqui|estamos aqui|chamar|chame|depende*|preco e fixo|preco fixo|ate logo|ate ja
    ate breve|ate mais|abraco*|beijo*|tchau|igualmente|quando quiserem|quando quiser|pode mandar|pode enviar
    pode escolher|que tal|feliz|espero|imagin*|acho|achei|achamos|penso|pensa|pense|pensem|pensar|pensei|volto
    voltar|volte|calma|relax*|fala|fale|falem|falar|falo|falamos|conta pra|conta para|conta ai|conte|contar|diz|diga
    digam|digo|dizer|digamos|olha|olhe|olhem|olhar|escreve|escreva|escrever|escrevo|liga|ligue|ligar|ligo|chama
    grita|grite|peco|pedir|quer|quero|queria|queres|prefere|prefiro|preferes|gosta|gostou|gostei|gostaria|amei|adoro
    adorei|amo|amamos|sabe|saber|sei|soube|kk*|hah*|rs*|hehe*|saudade*|fico feliz|fico content*|fica content*|lindo
    linda|lindeza|fofo|fofa|venha|venham|vem|vir|passa|passe|passem|passar|apareca|aparece|traz|traga|tragam|manda
    mande|mandem|mandar|escolhe|escolha|escolhi|escolher|tenta|tente|tentar|desliga|desligue|olhada|olhadinha
    descricao|anuncio|ficha|informac*|lembra*|esqueci|espreit*|vejo|veja|vejam|ver|vamos ver|esperamos|espere
    esperem|te espera|estarei|estaremos|estamos sempre|as ordens|abenc*|amem|gracas|beijao|cheiro|tenha|tenham
    tenhas|cuide se|cuida te|se cuida|fique bem|fica bem|bom trabalho|bom descanso|bons|boas|otimo dia|excelente
    sucesso|melhoras|boa sorte|bom apetite|tranquilo|tranquila|de boa|suave|blz|beleza|joia|firmeza|fechou entao
    pode deixar|deixa comigo|deixe comigo|conte comigo|precis*|necessit*|alguma|algum|alguem|nao sei|ainda nao
    nao ha de que|ora essa|nao tem de que|tamo junto|estamos juntos|tmj|opa|uai|oxe|vixe|ixe|epa|ya|pois|pois e
    pronto entao|ta certo|ta bom|ta bem|esta bem|ok entao|entao ta|combinado|combinamos|certissimo|exato|claro
    logico|obvio|verdade|talvez|se calhar|quem sabe|provavel*|conforme|dependendo|endereco|morada|nome|telefone
    numero|contacto|contato|localizacao|comprovante|comprovativo|foto|fotos|imagem|video|audio|mensagem|pedido
    encomenda|assunto|opiniao|sugest*|reclamac*|elogio seu|dica|ideia|reuniao|problema|erro|engano|confus*|culpa
    falha nossa|mal entendido|chatead*|chato|triste|pena|entendeu|percebe|percebi|percebo|percebeu|compreendo
    compreendi|certinho|tudo certo|tudo bem|tudo joia|tudo otimo|tudo optimo|e voce|e contigo|e consigo|como vai
    como esta|como estas|como vao|segue|seguem|abaixo|seguinte|atend*|conversar|conversamos|conversa|agend*|marcar
    marcamos|reservar|anotar|anote|anoto|registo|registamos|tecnico|jardineir*|cozinheir*|costureir*|alfaiate|chef
    gerencia|supervisor*|vendedor*|moca|rapaz da|menina da|patroa|chefe|dono da|colegas|pessoal da|malta|turma
    duvidas|curios*|interess*|procur*|busca|espera um|aguent*|segura ai|pera*|peri*|ja ja|daqui a|daqui a pouco
    logo mais|ate amanha|ate segunda|ate terca|ate quarta|ate quinta|ate sexta|ate sabado|ate domingo|ate la
    ate depois|inte|fui|xau|tchauzinho|adeus|cumprimentos|atenciosamente|att|grat*|valeu*|brigad*|obg|vlw|khanimambo
    kanimambo|te conto|lhe conto|vos conto|conto te|ja conto|ja volto|volto ja|ja te|ja lhe|ja vos|ja falo|ja digo
    ja vejo|ja confirmo|estamos a sua|estou a sua|fico a|caso|casos|que eu saiba|ha de|sera um prazer|esteja
    serao bem|seja|bem receb*|medida|medidas|mede ai|delicia|que delicia|ai que|so vendo|so olhando
    so experimentando|mesmo assim|no caso|nesse caso|neste caso|importante|importa|e melhor|dificil dizer
    e complicado|com ele|com ela|com eles|com seu medico|coordenacao|recepcao|cozinha|oficina|armazem para|motorista
    condutor|somos|sou apaix*|amor por|por isso tudo|apaixonad*|apaixon*|boa questao|questao|converse|conversem
    gritar|comeca|comecar|que bom que|precisando|volto com|noticia*|com a resposta|resposta|pessoalmente
    com seus proprios|todo mundo|nunca e tarde|pulo|so gritar|explicar|explique|como chegar|quer que|deseja que
    situacao|ownn|own|ficamos felizes|felizes|feliz demais|aproveite
    com todo o gosto|com muito gosto|com todo gosto|esclarec*|orient*|em que nome|a que nome|qual nome
    em nome de|registro|prossegu*|deseja|desejam|pretende|continuacao|que gesto|belo gesto|lindo gesto
    boa ideia|bela ideia|imensa pena|compreensao|transtorno*|incomodo*|inconveniente*|sentimentos
    condolencias
    preocup*|nao se preocupe|nao hesite|hesit*|comunico lhe|comunico|transmito|transmitir
    so tenho esse|so tenho essa|so temos esse|so temos essa|so tenho este|so temos este|so temos esta
    na nossa lista|no nosso catalogo|na lista|no catalogo
    boa viagem|vá com|va com|beijinhos|ta fixe
    """,
    each="cada unidade por-unidade",
    haves="tem temos tenho ha existe sobrou tinha",
    withs="com mais incluindo junto",
)
