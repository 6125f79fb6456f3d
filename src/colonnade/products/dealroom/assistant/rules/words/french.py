"""French: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words, promises

__all__ = ["FRENCH"]

FRENCH = Language(
    code="fr",
    plain=plain_words("fr"),
    phrases="""
    le plus tot possible|au plus tot|le plus vite possible|plait le plus|plaisent le plus|bonne journee|bonne soiree
    bonne nuit|bon week end|bonne semaine|bonne fin de semaine|s il vous plait|s il te plait|un instant|un moment
    une minute|une seconde|pas de souci|pas de probleme|aucun souci|aucun probleme|sans probleme|sans souci|bien sur
    avec plaisir|je vous en prie|de rien|a bientot|a tout de suite|a demain|au revoir|en ce moment|pour le moment
    pour l instant|des que possible|au plus vite|a votre disposition|a disposition|adresse de livraison
    frais de livraison|frais de port|faire ce prix|a ce prix|sous la main|tout a fait|ca marche|bonne question
    prendre le relais|carte de fidelite|rendez vous|sur rendez vous|prenez votre temps|d accord|en cours|s est passe
    ce qui s est passe|chaque fois|vous tiens au courant|tiens au courant|tenir au courant|au courant|n hesitez pas
    de la part|a propos|ouvre a|a quel nom|a quelle adresse|mettre de cote|la livraison est a|la livraison en
    quelque chose|quelqu un|plusieurs fois|a partir|je reviens vers vous|revenir vers vous|ce prix la|j aime mieux
    aime mieux|il vaut mieux|vaut mieux|mieux vaut|le mieux|le mieux c est|le mieux est|au mieux|tant mieux|de mieux
    de nouveau|a nouveau|nouvel an|plus tard|plus tot|au moins|du moins|en plus de ca|toujours la pour
    toujours un plaisir|toujours les bienvenus|toujours le bienvenu|toujours la bienvenue|comme toujours
    pour offrir ou|c est pour offrir|pour un cadeau ou|a vrai dire|en vrai|c est vrai|vrai que|vrai dire|il est vrai
    pas vrai|a l artisan|l artisan|un nouveau message|plus ou moins|non plus|rien de plus|jamais eu ca|jete un oeil
    jeter un oeil|un coup d oeil|coup d oeil|la reponse a|je retourne|retour vers vous|un retour|mon retour
    notre retour|retour rapide de ma part|fait plaisir|me fait plaisir|nous fait plaisir|bonne continuation
    bon retour|bonne reprise|les bienvenus|le bienvenu|la bienvenue|pas de soucis|a votre service|a ton service
    note que|tout pres|peu pres|a peu pres|au pire|entre temps|au final|quelques infos|deux minutes|deux secondes
    deux petites minutes|cinq minutes de patience|soyez rassuree que je|mieux que moi|sait mieux|le temps de
    prenez tout votre temps|prends ton temps|prends tout ton temps|pas le feu|y a pas le feu|le feu au lac
    de tout coeur|tout votre temps|a coeur|alors ca|ca alors|comment venir|pour venir|pour arriver|comment arriver
    du monde a|du monde aujourd hui|du monde a l atelier|on vous attend|nous vous attendons|je vous attends
    vous attend samedi|avec impatience|sous les yeux|demi heure de reflexion|a tres vite|ma puce|mon lapin|ma biche
    votre interet|de votre interet|pour votre interet|l interet|rapidement vers vous|reponse rapidement
    vers vous rapidement|reviens rapidement|reviendrai rapidement|reviens tres rapidement
    vous reponds rapidement|vous confirme rapidement|une reponse rapide|dans les meilleurs delais
    meilleurs delais|le plus rapidement possible|une excellente|un excellent|excellente journee
    excellente soiree|tres bonne|uniquement le|uniquement les|uniquement en|uniquement par
    nous acceptons uniquement|mieux vous conseiller|mieux vous orienter|vous conseiller au mieux
    vous orienter au mieux|pour mieux|un cadeau|quel cadeau|pour un cadeau|votre cadeau|ce cadeau
    belle attention|cela vous convient|vous convient|vous conviendrait|merci de votre comprehension
    pour votre comprehension|au prix de|est propose|est proposee|sont proposes|sont proposees
    a l heure actuelle|une fois termine|une fois monte
    pour deux nuits|pour trois nuits|pour quatre nuits|pour deux personnes|pour deux jours|pour trois jours
    malade le jour meme
    je avoir|avoir votre|avoir vos|donnera l|donnera votre|donnera une|est offert au prix|est offerte au prix
    offre environ|reviens vers vous rapidement|reviens vers vous tres rapidement|reviens vers vous tres vite
    revenons vers vous rapidement
    nous avoir|m avoir|d avoir|pour avoir|me donner|nous donner|donner votre|donner vos|donner une reponse
    essayer en magasin|essayer en boutique|venir l essayer|venir les essayer|venir essayer|plairait le plus
    plaira le plus|plairaient le plus|convient le plus|tente le plus|interesse le plus|preferez le plus
    aimez le plus|quelle teinte|quel coloris|quels coloris|votre medecin|ton medecin|un medecin|le medecin
    frais d envoi|envoi de votre message|plait a votre
    ca donne|cela donne|ce qui donne|donne un total|une fois assemble|une fois assemblee|une fois assembles
    """,
    kinds=promises("fr"),
    numbers="""
    zero 0 un 1 une 1 deux 2 trois 3 quatre 4 cinq 5 six 6 sept 7 huit 8 neuf 9 dix 10 onze 11 douze 12
    treize 13 quatorze 14 quinze 15 seize 16 vingt 20 vingts 20 trente 30 quarante 40 cinquante 50 soixante 60
    septante 70 huitante 80 octante 80 nonante 90
    """,
    scales="cent 100 cents 100 mille 1000 million 1000000 millions 1000000 k 1000 milliard 1000000000",
    ones="un une",
    joins="et",
    spans="""
    seconde second secondes second minute minute minutes minute min minute heure hour heures hour h hour
    jour day jours day semaine week semaines week mois month an year ans year annee year annees year nuit day
    nuits day
    """,
    money="""
    euro EUR euros EUR balle EUR balles EUR centime c centimes c dollar $ dollars $ livre GBP livres GBP
    franc franc francs franc f franc dirham dirham dirhams dirham dinar dinar dinars dinar
    """,
    prices="""
    prix coute* coutent tarif* total a pour vaut valent fait font montant frais paie* pay* seulement est sont
    acompte laisse livraison de
    """,
    percents="pour cent|pourcent|pour-cent",
    working="ouvres ouvrables calendaires",
    negators="pas ne non ni sans aucun aucune jamais plus impossible",
    fillers="""
    de d du des le la les l un une avons ai a avez est sont proposons propose faisons fais fait vendons acceptons
    offrons offre information informations info sur possible peux pouvons pouvez faire donner aucun aucune autre
    pour moment en ce actuellement encore notre cette inclus y il n pas ne tel type sous avec cela etre nous je ete
    fais-on vends donne donnons prends prenons accepte te me lui leur t m s que si on pu pouvoir peut vraiment tout
    present presentement etes suis sommes connais sure certain certaine trop meme vois sais
    """,
    denied_after="""
    avons est sont a proposons inclus incluse compris comprise disponible possible faisons acceptons pas
    """,
    checks="""
    verifi* confirm* consult* demand* sais savoir sait information* renseign* inform* dire dirai regard* reponse
    sure surs voir vois voit voyons certaine
    poser pose
    """,
    about="si s sur quel quelle quels quelles combien quand comment",
    breakers="mais cependant toutefois car parce donc et alors",
    sizes="taille* numero* n pointure* tour mesure* poitrine hauteur",
    orders="commande* facture* numero* n ticket suivi reference code rue quai avenue boulevard",
    pieces="""
    personne* convive* piece* unite* boite* paire* paquet* lot* pot* couleur* taille* eleve* enfant* adulte* place*
    part parts portion* tranche* joueur* assiette*
    page* feuille*
    """,
    dates="""
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre janv fev avr juil sept
    oct nov dec le date depuis er e eme
    """,
    times="a de des jusqu jusque vers entre h heures",
    titles="""
    bonjour bonsoir salut monsieur madame mademoiselle m mme mlle enchante enchantee merci cher chere pour
    """,
    moves="envoy* envoi* expedi* arriv* part livr* recev* recevrez pret prete prets aurez",
    meets="""
    venez venir passez passer attend* note notee noter voir rencontr* visit* ferm* repos rendez rdv recontact*
    rappel* revenez repass* retrouv* vois voit agenda planning calendrier creneau repos* dis dirai redis redonne*
    confirme* ecris
    """,
    pays="pay* paie* coute* factur* debours*",
    mays="peut peux pouvez pouvons possible acceptons",
    above="partir dessus minim* des plus superieur*",
    affirms="""
    tres bien|c est ca|exact|oui|d accord|ok|possible|bien sur|c est bon|entendu|ca marche|ca roule|je peux|on peut
    nous pouvons|absolument|tout a fait|exactement|volontiers|c est fait|on fait|aussi|egalement|parfait|tope la
    adjuge|deal|bien entendu|evidemment|sans probleme|sans souci|pas de souci|pas de probleme|aucun probleme
    aucun souci|y a pas de souci|y a pas probleme|pas probleme|carrement|ouais|ouaip|yes|mais oui|mais si|allez y
    ben oui|bah oui|oui oui|c est d accord|dac|okay|vas y|ca joue|nickel|impec|ca me va|ca nous va|c est parti
    c est entendu|c est note|si si|oui bien sur|oui monsieur|oui madame|avec plaisir|tranquille|on va faire ca
    on fait comme ca|faisons comme ca|on peut faire|je peux faire|va|soit|c est faisable|en effet|affirmatif
    certainement|sans doute|pourquoi pas|allez|mets|mettez
    """,
    talk="""
    je vous passe|je te passe|c est moi|rien ne presse|me renseigner|reflechissez|oups|mince|oh la|dites nous
    que s est il|je vous mets en|pas de souci|pas de probleme|aucun souci|aucun probleme|sans souci|sans probleme
    pas de quoi|prendre le relais|le relais|personne peut|tres bien|si vous voulez|si vous preferez|je vous ecris
    je vous envoie|on vous ecrit|on se renseigne|c est le prix|le prix est|bonjour|bonsoir|salut|coucou|bienvenue
    merci|remerci*|de rien|je vous en prie|je t en prie|avec plaisir|volontiers|desol*|navr*|excus*|pardon
    malheureusement|regret*|dommage|enchant*|ravi*|parfait|super|genial|excellent|quelle belle|belle idee|bonne idee
    bon choix|tres bon choix|bonne question|felicitations|je comprends|compris|entendu|je vois|je demande|je verifie
    je regarde|je me renseigne|je vais demander|je vais voir|je vais verifier|je vais regarder|je transmets
    je reviens|je vous confirme|je vous tiens|je vous dis|je vous reponds|je prefere demander|on verifie
    nous verifions|on vous confirme|nous vous confirmons|nous revenons|demand*|verifi*|confirm*|renseign*|collegue*
    equipe|assistant*|responsable|un instant|un moment|une minute|une seconde|s il vous plait|svp|stp|dites moi
    dites-moi|envoyez moi|envoyez-moi|donnez moi|indiquez|votre nom|votre adresse|votre commande|votre demande|not*
    bien recu|recu|question*|besoin|aider|a votre disposition|depend|prix est fixe|prix fixe|prix sont fixes
    au revoir|a bientot|a demain|a tout a l heure|bonne journee|bonne soiree|bonne nuit|bon week end|bonne fin|bises
    bisous|cordialement|a vous aussi|prenez votre temps|lequel vous|quelle taille|j espere|n hesitez|on vous attend
    nous vous attendons|vous attend|imagin*|crois|pense|penses|pensez|penser|reflech*|calm*|parle|parler|parlez
    parles|parlons|raconte*|dis|dit|dites|dire|disons|dirai|regarde|regardez|regarder|ecri*|appel*|rappel*|crie
    demande*|veux|voulez|voulais|souhait*|prefer*|aime|aimez|aimes|aimerais|adore|plait|plaira|plaisir|savoir|sais
    saurais|saurai|hah*|haha*|hihi*|mdr|ptdr|lol|dieu|allah|inch*|insha*|sha|machallah|hamdou*|alhamd*|content*
    heureu*|joli*|belle|beau|magnifique*|adorable*|mignon*|venez|viens|venir|viendrez|passez|passe|passer|repass*
    revenez|reviens|reviendrai|revien*|repond*|redis|redirai|reecri*|recontact*|tiens au|tiens toi|amenez|envoie*
    envoyez|envoyer|choisis*|choisir|tent*|tente|essayez de|eteignez|oeil|description|fiche|annonce|information*
    infos|souvien*|oubli*|vois|voyez|voir|voyons|voit|attend*|patient*|on sera|je serai|nous serons|je suis la
    on est la|nous sommes la|benis*|amine|amen|bisou*|bise*|porte toi|portez vous|prends soin|prenez soin|repose*
    bonne|bon|bons|bonnes|excellent*|felicit*|bravo|chance|courage|bon appetit|tranquil*|zen|cool|nickel|impec*|top
    genial*|chouette|ok|okay|dac|d acc|ca roule|ca marche|c est note|note|notez|noter|y a pas de quoi|ya pas de quoi
    de quoi|t inquiete*|inquiete*|tkt|tracas*|rassur*|rassure*|quelqu un|certain*|je ne sais|je sais pas|sais pas
    pas encore|pas sure|pas sur|oh|ah|eh|zut|aie|ouf|bah|ben|voila|exact*|evidem*|logique|verite|vrai|peut etre
    sans doute|probable*|selon|ca depend|dependra|adresse|nom|prenom|telephone|numero|coordonnees|localisation
    photo*|image|video|vocal|audio|message*|commande|sujet|avis|opinion|sugg*|reclamation|idee|conseil|probleme
    souci|erreur|tromp*|confus*|faute|malentendu|triste|peine|comprend*|compren*|saisi|comment ca va|comment allez
    comment vas|ca va|comment tu|et vous|et toi|la famille|la forme|suivant*|suit|ci dessous|occupe de votre demande
    occupe de ta demande|discut*|echanger avec|parler avec|rdv|rendez vous|reserver|inscri*|note*|technicien*
    jardinier*|cuisinier*|couturier*|tailleur|chef|gerant*|patron*|vendeu*|la dame|le monsieur|l atelier|l artisan
    l equipe|doute|doutes|curieu*|interess*|cherch*|deux minutes|deux secondes|tout a l heure|a tantot|a toute
    a plus|a samedi|a lundi|a mardi|a mercredi|a jeudi|a vendredi|a dimanche|a la prochaine|la prochaine|ciao|tchao
    adieu|cordial*|bienvenu*|soyez|salam*|aleykoum|marhba*|marhaba|choukran|jerejef|nanga*|allo|coucou*|kikou|hello
    yo|wesh|excuse*|mille excuses|toutes mes excuses|navre*|desole*|helas|pardon*|justement|franchement|honnet*
    sincer*|personnellement|a vrai dire|pantoute|correct|fait plaisir|fin de|gentil*|aimable*|touch*|mais oui
    mais non|mais bien sur|c est rien|ce n est rien|mon enfant|ma fille|mon fils|te garde|vous garde|prenez tout
    prends tout|ecout*|ensemble on|on va voir|on va regarder|on va ecouter|on verra|donc|aucune idee|calendrier
    agenda|affirm*|histoires|promett*|boy|mecano|recep*|accueil|cuisine|dans ce cas|en ce cas|important|importe
    difficile a dire|complique|avec lui|avec elle|avec votre medecin|amene*|alors|ca alors|nouvelles|redonne*|ignore
    fouill*|causer|la reponse|reponse|voulez vous que|tu veux que|expliquer|explique*|comment venir|la question|yeux
    coup d oeil|du monde|m informer|je vais m informer|saha|puce|je lui en parle|lui en parle
    concernant votre|votre interet|a quel nom|au nom de|enregistr*|quelle belle attention|belle attention
    votre comprehension|desagrement*|condoleances|orient*|eclair*|precis*|desirez|desirez vous|souhaitez*
    vous revoir|tient informe|tiens informe|vous tiens informe*
    dans notre liste|dans notre catalogue|a notre catalogue|au catalogue|sur la liste|sur notre liste
    dans le catalogue
    prenez le temps|le temps qu il
    prenez bien|prends bien|soin de vous|soin de toi|c est simple|c est tres simple|c est tout simple|voici comment
    bon courage|prompt retablissement|bon retablissement|remettez vous bien|pour commencer|tout d abord|en resume
    bref|en clair|pour faire court|encore une chose|avant que j oublie|enverrons un message|enverrai un message
    envoie un message|enverra un message|envoie un sms|enverrons un sms|enverrai un sms
    """,
    each="chacun chacune piece chaque unite",
    haves="avons ai reste est a existe",
    withs="avec plus incluant",
)
