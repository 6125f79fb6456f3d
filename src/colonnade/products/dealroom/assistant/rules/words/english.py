"""English: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words

__all__ = ["ENGLISH"]

ENGLISH = Language(
    code="en",
    plain=plain_words("en"),
    phrases="""
    no rush|no bother|no hassle|no questions asked
    good morning|good afternoon|good evening|good night|have a great day|have a nice day|have a good day
    great day|have a lovely day|have a good one|nice day|one moment|just a moment|a moment|a minute|one minute
    a second|one second|feel free|free to ask|free to contact|free to message|free to reach|free to tell
    free to let|free to write|free to call|free to visit|free size|get back to you|get back to|back to you
    right back|be back|write back|call back|call you back|message back|come back to you|back with you
    coming back|wrong number|no problem|no worries|not a problem|at all|delivery address|shipping address
    postal address|your delivery|best regards|best wishes|happy to help|pass it on|at the moment|for now
    right now|as far as i know|take your time|first name|last name|full name|size guide|place an order
    in order to|of course|off the top of my head|gift box|gift boxes|price list|card slots|shipping cost
    shipping costs|shipping is|delivery cost|i can take|go lower|go lower on|any lower|go any lower|as a gift
    a gift for|for a gift|as a present|for yourself|return to|is that right|would you|original message
    change the price|negotiate|do that price|that price|at that price|help you today|assist you today
    exchange rate|in the meantime|in touch|keep you posted|keep you updated|make sure|to be sure|for sure
    """,
    kinds={
        "hours": """
            open late|open all|all day|every day|everyday|any day|midnight|around the clock|bank holiday
            bank holidays|public holidays|also open|open till late
        """,
        "stock": """
            with your name|under your name|in your name|waiting for you|here for you|keep one for|kept one
            in your size|your size in|plenty in|plenty left|plenty of them|places left|spaces left|spots left
            seats left|places in|spaces in|got loads|have loads|have plenty|got plenty|set one aside
            put one aside|got one here|one here for you|one with your name|room for you|couple of places
        """,
        "same": """
            same price|same cost|same money|same as last|same as before|as last year|last year|same as the
            the same as|costs the same|cost the same|same quality|better than|than any|as good as|nicer than
            cheaper than|nothing like it|like for like
        """,
        "shipping": """
            free shipping|free delivery|free postage|shipping is free|delivery is free|no postage|no shipping
            without shipping|postage paid|postage included|no delivery fee|no delivery fees|no shipping fee
            free of postage
        """,
        "fast": "overnight|express|same day|next day|one day|be with you|with you by|doorstep",
        "delivery": """
            all over|across the country|to your door|at your door|your door|your area|bring it to|bring it over
            bring it round|drop it|drop off|drop it off|by post|we post|post it|come to you|come to your
            reach you|reaches you|on its way|on the way to you|deliver|delivers|delivered|delivering|delivery
            deliveries|ship|ships|shipped|shipping|shipment|dispatch*|arriv*|courier|reach you by|postage|pickup
            pick up|collection point|worldwide|nationwide|internationally|anywhere|everywhere
        """,
        "refund": """
            refund*|money back|return|returns|returned|returnable|returning|reimburs*|back|cancel*|compensat*
        """,
        "exchange": "exchang*|swap*|replac*|trade in",
        "guarantee": "guarant*|warrant*|insur*|promise*|assur*|certain to",
        "lifetime": """
            as long as you|whenever you like|whenever you want|any time you|lifetime|life time|forever|for life
            eternal|permanent*|never|always|endless|unlimited|ever
        """,
        "free": """
            i ll pay|we ll pay|i ll cover|without paying|do not pay|no need to pay|no payment|i am paying
            paid by us|covered by us|not a penny|free of
            free|complimentary|on us|on the house|no charge|no cost|no extra|no fee|no fees|zero|gratis
            nothing to pay|not pay|pay nothing|costs nothing|cost you nothing|costs you nothing|we pay
            we will pay|we ll pay|we cover|we ll cover|our treat|without charge|no deposit|no tax
            no down payment|not charge|on me|for nothing
        """,
        "interest": "no interest",
        "gift": """
            get another|get one more|give you another|another one on|take another|bonus*|gifts|giveaway*
            souvenir*|gift|throw in|throw*|extra|extras|surprise*|prize*|win|wins|won|winner|raffle|lottery
            sweepstake*|add in|treat|include a|include an|toss in|goodie*|freebie*|sample*
        """,
        "lowering": """
            come down|go down|goes down|went down|going down|lower the|better price|better deal|better on
            for less|under the|lower|reduc*
        """,
        "discount": """
            discount*|promo*|promotion*|sale|sales|voucher*|coupon*|code|deal|deals|bargain*|special offer
            special price|offer of|flash|clearance|cheaper|cheap|cheapest|reduce*|reduction|save|saves|saving*
            knock*|off|wholesale|bulk|less|rebate*|markdown|price match|match any|yours for|final offer
            negotiab*|drop*|cut|loyalty|member*|point*|reward*|club|welcome offer|black friday|best price
        """,
        "fraction": """
            both for|for both|for the pair|together for|half|halves|third|thirds|quarter|quarters|double|triple
            twice|dozen|dozens|couple|few|several|hundreds|thousands|majority
        """,
        "cashback": "cash back|cashback",
        "instalment": """
            pay me|pay us|pay later|pay next
            pay when|pay whenever|pay after|pay as you|pay the rest|instalment*|installment*|pay later|financ*
            credit|monthly|split|klarna|afterpay|affirm|deposit|down payment|interest|layaway|easy payments
            payments of|loan
        """,
        "cod": "cash on delivery|cod|pay on delivery|pay when",
        "payment": """
            paypal|visa|mastercard|amex|card|cards|cash|apple pay|google pay|bank|iban|sort code|account|wire
            zelle|venmo|crypto|bitcoin|check out link
        """,
        "genuine": "genuine|original*|authentic*|official*|real|legit*|licensed|branded",
        "organic": "organic*",
        "natural": "natural*|non toxic|chemical free|additive*|pure",
        "halal": "halal*|kosher",
        "vegan": "vegan|vegetarian|cruelty free|plant based",
        "certified": "certif*|approved|fda|iso|tested|accredited|registered|patent*|licen*|standard*",
        "award": """
            award*|winning|voted|rated|stars|star|review*|famous|celebrit*|popular|recommended by|bestsell*
            press
        """,
        "health": """
            good for your|good for the|good for people|helps with|help with sleep|great for|suitable for
            fine for people|ok for people|great for your
            cure*|heal|heals|healing|health*|clinical*|dermatolog*|hypoallergenic|antibacterial|safe|safety
            pet safe|kills|medical|relie*|pain|weight loss|vitamin*|treats|therapeutic|calorie*
        """,
        "waterproof": """
            waterproof|water proof|water resistant|water repellent|weatherproof|rainproof|rain|washable|wash*
            dishwasher|microwave*
        """,
        "durable": """
            durab*|long lasting|last|lasts|lasting|unbreakable|scratch*|shock*|tear|strong*|sturdy
            indestructible|resist*|wear out
        """,
        "handmade": """
            handmade|hand made|handcrafted|hand crafted|handwoven|hand woven|hand stitched|hand poured|hand
        """,
        "ecological": """
            eco|eco friendly|sustainab*|biodegradable|recycl*|carbon*|ethical*|fair trade|green energy
        """,
        "imported": "import*|made in|from italy|italian|european|german|japanese|french|swiss",
        "premium": """
            only for you|nobody else|no one else|one of a kind|only shop|only ones|made just
            premium|luxur*|exclusiv*|limited edition|limited|high quality|quality|top quality|finest
            professional
        """,
        "best": """
            lightest|strongest|softest|fastest|safest|toughest|easiest|smoothest|comfiest|in its class
            on the market|in town
            best|number one|world class|cheapest|lowest|top rated|unbeatable|second to none|perfect for everyone
        """,
        "scarcity": """
            only left|left|last one|last ones|last piece|last pieces|remaining|selling fast|hurry|quick
            almost gone|back in stock|in stock|running out|while stocks last|few left|just arrived|restock*
            sold out soon
        """,
        "trial": "trial*|try before|demo|test drive|try it at home",
        "included": "includ*|bundled|inclusive",
    },
    numbers="""
    zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 thirteen 13
    fourteen 14 fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40
    fourty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 ton 100 fiver 5 tenner 10
    """,
    scales="""
    hundred 100 thousand 1000 grand 1000 k 1000 million 1000000 millions 1000000 mio 1000000 billion 1000000000
    bn 1000000000
    """,
    ones="a an one",
    joins="and",
    spans="""
    second 0 minute minute minutes minute min minute mins minute hour hour hours hour hr hour hrs hour h hour
    day day days day week week weeks week month month months month year year years year yr year yrs year
    decade decade decades decade night day nights day fortnight week
    """,
    money="""
    dollar $ dollars $ buck $ bucks $ usd USD euro EUR euros EUR eur EUR pound GBP pounds GBP quid GBP gbp GBP
    sterling GBP pence c penny c p c cent c cents c yen JPY yuan CNY ringgit MYR rupee INR rupees INR rupiah IDR
    peso peso pesos peso
    """,
    prices="price* cost* pay payment total* fee* charge* worth priced only at for amount deposit down is",
    percents="percent|per cent|pct",
    working="working business full whole calendar",
    negators="no not never without nor cannot neither none",
    fillers="""
    have has had do does did offer* provide* give include* accept* any a an the currently information details
    about on of for there is are be able to sell carry make at been in it get take use need s our your other
    such this that these kind special yet going come comes with free's really also actually available
    """,
    denied_after="available offered included possible provided have sell offer applicable accepted",
    checks="""
    check* ask* confirm* find verif* know sure see look* information info idea inform* tell details answer*
    certain
    """,
    about="if whether about regarding which how what when where",
    breakers="but however although though yet plus still and so because since",
    sizes="size* sized number* no nr length* waist chest bust foot feet measure*",
    orders="order* invoice* receipt* tracking ticket number* reference ref",
    pieces="""
    people persons guests
    piece* pcs pc pair* unit* item* pack* box* bottle* set* jar* slot* color* colour* size* product*
    """,
    dates="""
    january february march april may june july august september october november december jan feb mar apr jun
    jul aug sep sept oct nov dec st nd rd th date
    """,
    times="at from until till to between am pm o'clock",
    titles="""
    hi hello hey dear mr mrs ms miss thanks thank sir madam welcome you meet morning afternoon evening for
    """,
    moves="""
    send* sent go goes going get* leave* ready come* post* posted made done there deliver* ship* arriv* out
    """,
    meets="confirm* visit* come coming drop pick see wait* expect* noted note meet",
    pays="pay paying pays charge* cost costs owe spend",
    mays="can possible accept*",
    above="over above more minimum from upwards least",
    affirms="""
    exactly|that s right|yes of course|true
    yes|yep|yeah|yup|sure|ok|okay|deal|done|agreed|of course|absolutely|definitely|certainly|can do|we can|we do
    i can|go on then|go on|no problem|fine|alright|happy to|for you|exactly|correct|right|indeed|also|as well|too
    is possible|works
    """,
    talk="""
    i d rather|rather let|our mechanic|no pressure|shout if|give us a shout|pop in|drop us|hmm|oh no|poor
    happy to
    beautiful|gorgeous choice|good choice|stunning
    no problem|no worries|not a problem|no rush|no bother|no trouble|please wait|wait a|wait for
    price is|that s the price|the price we|write you|replies|very well|that s right|at your service
    you too
    hi|hello|hey|hiya|dear|welcome|morning|good morning|good afternoon|good evening|good night|thank*|thanks
    thx|cheers|ta|sorry|apolog*|afraid|unfortunately|sadly|regret*|pleasure|glad|nice to meet|lovely to meet
    good to meet|great to meet|meet you|great choice|good choice|nice choice|good question|great question
    lovely|great|perfect|wonderful|brilliant|amazing|awesome|excellent|congratulations|happy to help|help you
    i can help|here to help|if you need|anything else|let me|i ll ask|i ll check|i ll find|i ll pass|i ll let
    i ll get back|i ll have|i ll get|i will ask|i will check|we ll check|we ll confirm|we ll get back
    will get back|get back to you|be in touch|in touch|let you know|come back to you|ask a|ask the|ask one
    ask my|check with|checking|confirm*|colleague*|assistant|bot|human|the team|team will|the owner
    someone will|pass it on|pass that on|pass this on|look into|have a|enjoy|see you|bye|goodbye|take care
    take your time|best regards|best wishes|kind regards|no worries|you re welcome|any time|tell me|send me
    give me|just tell|just let|just send|let us know|let me know|please|noted|note|got it|got your|received
    your name|your address|your order|which one|would you|what would|could i|may i|can i|i understand
    understood|i see|i hear you|depends|price is fixed|prices are fixed|fixed|final|one moment|a moment
    a second|one sec|bear with|hang on|hold on|waiting for your|looking forward|sounds good
    sounds great|sounds lovely|of course|feel free|reply|message us|write to us|text us|ask me|questions
    question|happy birthday|hope
    """,
    each="each apiece per every one",
    haves="have has had got is there available ve",
    withs="with including includes plus alongside",
)
