"""French: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words

__all__ = ["FRENCH"]

FRENCH = Language(
    code="fr",
    plain=plain_words("fr"),
    phrases="""
    le plus tot possible|au plus tot|le plus vite possible|plait le plus|plaisent le plus
    bonne journee|bonne soiree|bonne nuit|bon week end|bonne semaine|bonne fin de semaine|s il vous plait
    s il te plait|un instant|un moment|une minute|une seconde|pas de souci|pas de probleme|aucun souci
    aucun probleme|sans probleme|sans souci|bien sur|avec plaisir|je vous en prie|de rien|a bientot
    a tout de suite|a demain|au revoir|en ce moment|pour le moment|pour l instant|des que possible|au plus vite
    a votre disposition|a disposition|adresse de livraison|frais de livraison|frais de port|faire ce prix
    a ce prix|sous la main|tout a fait|ca marche|bonne question|prendre le relais|carte de fidelite|rendez vous
    sur rendez vous|prenez votre temps|d accord|en cours|s est passe|ce qui s est passe|chaque fois
    vous tiens au courant|tiens au courant|tenir au courant|au courant|n hesitez pas|de la part|a propos|ouvre a
    a quel nom|a quelle adresse|mettre de cote|la livraison est a|la livraison en|quelque chose|quelqu un
    plusieurs fois|a partir|je reviens vers vous|revenir vers vous
    ce prix la
    """,
    kinds={
        "hours": """
            reste ouvert|restons ouverts|restons ouvert
            tous les jours|toute la journee|minuit|jour ferie|jours feries|jusqu a tard|tard le soir|non stop
            sept jours|a toute heure
        """,
        "stock": """
            a votre nom|a ton nom|est aussi la|sont la|vous attend deja|il vous attend|elle vous attend
            m en reste|nous en reste|il en reste|en reste un|en reste une|en reste plusieurs|reste des
            reste de la place|reste des places|encore de la place|encore des places|a votre taille
            dans votre taille|a ta taille|dans ta taille|en reserve|plein de|tout plein|je l ai en|on l a en
            je vous en garde|mis de cote
        """,
        "same": """
            meme prix|memes prix|meme tarif|pareil que|comme chez|que chez|mieux que|meilleur que|meilleurs que
            l an dernier|l annee derniere|le mois dernier|meme qualite|pas bouge|pas augmente|aussi bien que
            aussi bon que|equivalent*
        """,
        "shipping": """
            livraison gratuite|livraison est gratuite|livraison offerte|livraison est offerte
            frais de port offerts|port offert|sans frais de port|franco de port|frais de port a notre
            livraison comprise|livraison incluse|pas de frais de port|aucun frais de port
            pas de frais de livraison|aucun frais de livraison|offerte la livraison|la livraison est pour nous
        """,
        "fast": """
            express|immediat*|rapide*|rapidement|le jour meme|jour meme|part aujourd hui|sous 48h|sous 24h
            des demain
        """,
        "delivery": """
            chez toi|jusqu a chez|devant votre|toutes les villes|toutes les regions|on vous l apporte
            on vous apporte|on apporte|dans le monde|n importe ou|on vous le depose|on depose
            livraison|livraisons|livrons|livrer|livre|livree|livres chez|livrez|livrent|expedi*|arrive|arrivera
            arrivent|arriver|recevrez|recevez demain|chez vous|a domicile|domicile|chronopost|colissimo|coursier
            delai*|ouvres|ouvrables|jours ouvres|partout|toute l europe|toute la france|monde entier|retrait
            point relais|ramass*|a votre porte
        """,
        "refund": """
            rembours*|retourn*|retour|retours|reprise|reprend*|reprenons|argent rendu|rendre|dedommag*|annul*
            indemnis*|satisfait|satisfaits|la difference
        """,
        "exchange": """
            on vous le change|vous le change|changer contre|changeons|echang*|remplac*|neuf|neuve|nouveau
            nouvelle|nouvel|reprend votre|reprise
        """,
        "guarantee": "garant*|assur*|assurance*|promet*|promis|promesse|sans faute",
        "lifetime": """
            a vie|pour la vie|pour toujours|toute la vie|eternel*|permanent*|illimit*|quand vous voulez
            a tout moment|n importe quand|jamais|toujours|sans limite|a volonte|ad vitam
        """,
        "free": """
            c est pour moi|est pour moi|je m en charge|c est cadeau|je prends en charge|nous nous en chargeons
            sans debourser|c est moi qui paie|c est moi qui offre|rien de plus
            gratuit*|gratuitement|offert|offerts|offerte|offertes|sans cout|sans supplement|sans payer|zero
            pas de frais|aucun frais|ne paye* pas|ne paie* pas|pas a payer|rien a payer|ne coute rien|coute rien
            on vous l offre|c est pour nous|pour nous|c est nous|cadeau de la maison|la maison offre
            a notre charge|a nos frais|nos frais|notre charge|prenons en charge|prend en charge|on paye
            nous payons|exoner*|sans apport|sans acompte|free|franco
        """,
        "interest": "sans frais|sans interets|sans interet",
        "gift": """
            cadeau*|offre|offres|offrons|offrir|bonus|prime*|surprise*|gagn*|gagnant*|tirage*|concours|en prime
            en plus|echantillon*|je vous mets|on vous met|je rajoute|ajout*|rajout*|supplement*|extra
        """,
        "lowering": "baisser|descendre|reduire|un geste|geste|meilleur prix|je vous le cede|cede",
        "discount": """
            moins|remise*|reduc*|rabais|promo*|promotion*|solde|soldes|destock*|liquidation|bon d achat
            bons d achat|bon de|coupon*|code promo|avec le code|code|ristourne*|moins cher|moins chere
            moins chers|pas cher|economis*|braderie|black friday|ventes privees|prix special|prix d ami
            prix de gros|en gros|grossiste|je vous le laisse|je vous la laisse|je vous laisse|on vous enleve
            enleve|enlever|retire|je vous fais|je vous le fais|va pour|d accord pour|on fait|baiss*|occasion
            destockage|fidelite|points|club|abonne*|expo|tout rond|negoci*|arrondi*|demarr*|imbattable|aubaine
            jusqu a
        """,
        "fraction": """
            moitie|demi|demie|tiers|quart|double|triple|douzaine|dizaine|dizaines|vingtaine|centaine|centaines
            milliers|quinzaine|trentaine|cinquantaine
        """,
        "cashback": "cashback|cash back",
        "instalment": """
            pay* plus tard|pay* quand|regler plus tard|pay* apres|mensualites|en fois|fois sans|plusieurs fois
            mensualite*|credit|acompte|apport|echelonn*|financ*|payer plus tard|par mois|interets|a credit
            klarna|alma|prelev*|pret|versement*|echeance*|solder
        """,
        "cod": "paiement a la livraison|payer a la livraison|contre remboursement|payez a la reception",
        "payment": """
            carte|cartes|cb|paypal|visa|mastercard|especes|liquide|cheque|cheques|virement|iban|rib|lydia
            apple pay|google pay|banque|compte bancaire|ancv|bancaire
        """,
        "genuine": """
            authenti*|original|originaux|originale|veritable*|officiel*|vrai|vraie|de marque|marque|pur|pure
        """,
        "organic": "bio|biologique*",
        "natural": "naturel*|sans huile|sans additif*|non toxique|chimique*|allege*",
        "halal": "halal|casher|kasher",
        "vegan": "vegan*|vegetal*|vegetarien*|cruelty free",
        "certified": """
            certifi*|label*|labellise*|ecocert|norme|normes|agree*|homologu*|approuv*|iso|teste|testes|testee
            brevet*|prouve*|controle*
        """,
        "award": """
            prime|primes|recompens*|elu|elue|meilleur magasin|etoile*|celebr*|connu*|plebiscit*|champion*|avis
            medaille*|reference
        """,
        "health": """
            bon pour la|bonne pour la|bon pour le|aide a mieux|aide a dormir|aide contre|convient aux
            soigne*|guerit|guerir|sante|medical*|medecin*|dermatolog*|hypoallergenique*|antibacterien*
            sans danger|sans risque|eczema|vitamine*|soulag*|douleur*|maigrir|minceur|miracle|apais*|traite
            protege*|protection|securit*
        """,
        "waterproof": """
            impermeable*|etanche*|resistant a l eau|pluie|mouill*|lavable*|lave vaisselle|lave|laver|micro ondes
        """,
        "durable": """
            craint pas|craint rien|craint aucun|vieillit|abime pas|s abime
            dure|durent|durer|durable*|resist*|solide*|incassable*|inusable*|tient|tiennent|autonomie|robuste*
            costaud|conserve|batterie|chocs
        """,
        "handmade": "fait main|faits main|faite main|a la main|artisanal*|artisan*",
        "ecological": "ecologique*|ecoresponsable*|recycl*|biodegradable*|equitable*|compense",
        "imported": """
            import*|italien*|allemand*|japonais*|americain*|suisse|anglais*|made in|export*|fabrique en france
            fabriques en france|fabriquee en france
        """,
        "premium": """
            rien que pour vous|que pour vous|personne d autre|seuls a
            premium|luxe|luxueu*|exclusi*|edition limitee|qualite*|haut de gamme|grand luxe|professionnel*
            superieur*
        """,
        "best": """
            le plus|la plus|les plus|de tous|du marche|de la ville
            meilleur|meilleurs|meilleure|meilleures|numero un|le moins cher|les moins chers|leader*|unique*
            champion|imbattable*|incomparable*
        """,
        "scarcity": """
            reste que|il n en reste|derniers|dernieres|derniere piece|dernier exemplaire|depechez|vite avant
            profitez|profit*|limite*|aujourd hui seulement|en rayon|en stock|stock limite|jusqu a epuisement
            vient d arriver
        """,
        "trial": "essai|essais|essayer|essayez|a l essai|tester|test",
        "included": "inclus*|compris|comprise|comprises|fourni*",
    },
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
    franc franc francs franc dirham dirham dirhams dirham dinar dinar dinars dinar
    """,
    prices="""
    prix coute* coutent tarif* total a pour vaut valent fait font montant frais paie* pay* seulement est sont
    acompte laisse livraison de
    """,
    percents="pour cent|pourcent|pour-cent",
    working="ouvres ouvrables calendaires",
    negators="pas ne non ni sans aucun aucune jamais plus",
    fillers="""
    de d du des le la les l un une avons ai a avez est sont proposons propose faisons fais fait vendons
    acceptons offrons offre information informations info sur possible peux pouvons pouvez faire donner aucun
    aucune autre pour moment en ce actuellement encore notre cette inclus y il n pas ne tel type sous avec cela
    etre nous je ete
    """,
    denied_after="""
    avons est sont a proposons inclus incluse compris comprise disponible possible faisons acceptons pas
    """,
    checks="""
    verifi* confirm* consult* demand* voi* sais savoir sait sur* information* renseign* inform* dire dirai
    regard* certain* reponse
    """,
    about="si s sur quel quelle quels quelles combien quand comment",
    breakers="mais cependant toutefois car parce donc et alors",
    sizes="taille* numero* n pointure* tour mesure* poitrine hauteur",
    orders="commande* facture* numero* n ticket suivi reference code rue quai avenue boulevard",
    pieces="""
    personne* convive*
    piece* unite* boite* paire* paquet* lot* pot* couleur* taille*
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
    meets="venez venir passez passer attend* note notee noter voir rencontr* visit*",
    pays="pay* paie* coute* factur* debours*",
    mays="peut peux pouvez pouvons possible acceptons",
    above="partir dessus minim* des plus superieur*",
    affirms="""
    tres bien|c est ca|exact
    oui|d accord|ok|possible|bien sur|c est bon|entendu|ca marche|ca roule|je peux|on peut|nous pouvons|absolument
    tout a fait|exactement|volontiers|c est fait|on fait|aussi|egalement|parfait
    """,
    talk="""
    je vous passe|je te passe|c est moi|rien ne presse|me renseigner|reflechissez|oups|mince|oh la
    dites nous|que s est il|je vous mets en
    pas de souci|pas de probleme|aucun souci|aucun probleme|sans souci|sans probleme|pas de quoi
    prendre le relais|le relais|personne peut|tres bien|si vous voulez|si vous preferez|je vous ecris
    je vous envoie|on vous ecrit|on se renseigne|c est le prix|le prix est
    bonjour|bonsoir|salut|coucou|bienvenue|merci|remerci*|de rien|je vous en prie|je t en prie|avec plaisir
    volontiers|desol*|navr*|excus*|pardon|malheureusement|regret*|dommage|enchant*|ravi*|parfait|super|genial
    excellent|quelle belle|belle idee|bonne idee|bon choix|tres bon choix|bonne question|felicitations
    je comprends|compris|entendu|je vois|je demande|je verifie|je regarde|je me renseigne|je vais demander
    je vais voir|je vais verifier|je vais regarder|je transmets|je reviens|je vous confirme|je vous tiens
    je vous dis|je vous reponds|je prefere demander|on verifie|nous verifions|on vous confirme
    nous vous confirmons|nous revenons|demand*|verifi*|confirm*|renseign*|collegue*|equipe|assistant*
    responsable|un instant|un moment|une minute|une seconde|s il vous plait|svp|stp|dites moi|dites-moi
    envoyez moi|envoyez-moi|donnez moi|indiquez|votre nom|votre adresse|votre commande|votre demande|not*
    bien recu|recu|question*|besoin|aider|a votre disposition|depend|prix est fixe|prix fixe|prix sont fixes
    au revoir|a bientot|a demain|a tout a l heure|bonne journee|bonne soiree|bonne nuit|bon week end
    bonne fin|bises|bisous|cordialement|a vous aussi|prenez votre temps|lequel vous|quelle taille|j espere
    n hesitez|on vous attend|nous vous attendons|vous attend
    """,
    each="chacun chacune piece chaque unite",
    haves="avons ai reste est a existe",
    withs="avec plus incluant",
)
