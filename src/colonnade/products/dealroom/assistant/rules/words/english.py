"""English: what may be said freely, and the words that promise something."""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.lexicon import Language
from colonnade.products.dealroom.assistant.rules.words.files import plain_words, promises

__all__ = ["ENGLISH"]

ENGLISH = Language(
    code="en",
    plain=plain_words("en"),
    phrases="""
    second hand|secondhand|look into|look forward|looking forward|looking into
    no rush|no bother|no hassle|double check*|double checking|warm regards|warm welcome|warmest regards
    warm wishes|sweet dreams|stay warm|keep warm|stay safe|light on|fresh in your|in a bit|go on
    be right with you|right with you|with you shortly|as soon as|special occasion|special day
    anything special|all the best|best to|best of luck|better to|better if|better not|know better|had better
    good better|day off|days off|off to|turn off|drop off point|power on|easy peasy|take it easy|easy enough
    soft spot|feel better|get better|it depends|back in a|get back|left over|on the left|left hand
    right and left|what s left|rain check|fair enough|last name|last time|last message|last question
    last week|at last|last but|few questions|few details|few minutes|a few minutes|couple of questions
    couple of details|couple of minutes|a couple of|a few details|several questions|extra info|extra details
    extra time|extra information|get your|got your message|got your order|got your name|got your number
    got your address|got your note|got your email|got your photo|got your voice note|got your question
    got your payment|got your screenshot|got your request|you ll get a reply|you ll get an answer|save your
    saved your|save the|save this|saved the|the real reason|real name|sample of|sharp eyes|bright and early
    heavy traffic|thick and|plain english|mild weather|rich in|tender care|smart question|smart move
    power cut|power outage|memory lane|lower the price|reduce the price|drop the price|bring the price down
    any lower than|negotiate the|good morning|good afternoon|good evening|good night|have a great day
    have a nice day|have a good day|great day|have a lovely day|have a good one|nice day|one moment
    just a moment|a moment|a minute|one minute|a second|one second|feel free|free to ask|free to contact
    free to message|free to reach|free to tell|free to let|free to write|free to call|free to visit|free size
    you arrive|your arrival|date of arrival|arrival date|arrival time|you land
    payment is by|payment is via|payment is in|ll look into|i ll look|we ll look|still okay|still ok|still fine
    a second person|a grand day|a grand time|a grand evening|a grand weekend
    bring it in|bring them in|bring him in|bring her in|sweet idea
    sweet thought|such a sweet
    feels better|feeling better|better soon|much as we|much as i|sounds right for you|sounds right
    runs on monday*|runs on tuesday*|runs on wednesday*|runs on thursday*|runs on friday*|runs on saturday*
    runs on sunday*
    get back to you|get back to|back to you|right back|be back|write back|call back|call you back
    message back|come back to you|back with you|coming back|wrong number|no problem|no worries|not a problem
    at all|delivery address|shipping address|postal address|your delivery|best regards|best wishes
    happy to help|pass it on|at the moment|for now|right now|as far as i know|take your time|first name
    last name|full name|size guide|place an order|in order to|of course|off the top of my head|gift box
    gift boxes|price list|card slots|shipping cost|shipping costs|shipping is|delivery cost|i can take
    go lower|go lower on|any lower|go any lower|as a gift|a gift for|for a gift|as a present|for yourself
    return to|is that right|would you|original message|change the price|negotiate|do that price|that price
    at that price|help you today|assist you today|exchange rate|in the meantime|in touch|keep you posted
    keep you updated|make sure|to be sure|for sure|another day|another time|another question|free of course
    the last of your|as is|as it is|as always|as ever|like always|for a moment|must have been|must have felt
    safe travels|safe journey|safe trip|safe drive|drop them off|drop it off|drop off|drop him off
    drop her off|drop these off|drop those off|drop this off|second person|a second opinion|sweet cheers
    sweet thanks|sweet as|have the best day|have the best party|have the best weekend|have the best evening
    have the best trip
    """,
    kinds=promises("en"),
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
    negators="""
    no not never without nor cannot neither none nope nah isnt arent wasnt werent dont doesnt didnt wont wouldnt couldnt
    shouldnt cant hasnt havent hadnt aint non
    """,
    fillers="""
    have has had do does did offer* provide* give include* accept* any a an the currently information details
    about on of for there is are be able to sell carry make at been in it get take use need s our your other
    such this that these kind special yet going come comes with free's really also actually available
    guidance advice notes regarding
    """,
    denied_after="available offered included possible provided have sell offer applicable accepted",
    checks="""
    check* ask* confirm* find verif* know sure see look* information info idea inform* tell details answer*
    certain say says said mention* state* list* listed description* double work
    """,
    about="if whether about regarding which how what when where",
    breakers="but however although though yet plus still and so because since",
    sizes="size* sized number* no nr length* waist chest bust foot feet measure*",
    orders="order* invoice* receipt* tracking ticket number* reference ref",
    pieces="""
    people persons guests piece* pcs pc pair* unit* item* pack* box* bottle* set* jar* slot* color* colour*
    size* product* tin tins tub tubs pouch pouches sachet* packet* carton* slice slices portion portions
    serving servings bunch bunches bar bars loaf loaves roll rolls
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
    look forward|looking forward|look into
    i d rather|rather let|our mechanic|no pressure|shout if|give us a shout|pop in|drop us|hmm|oh no|poor
    happy to|beautiful|gorgeous choice|good choice|stunning|no problem|no worries|not a problem|no rush
    no bother|no trouble|please wait|wait a|wait for|price is|that s the price|the price we|write you|replies
    very well|that s right|at your service|you too|hi|hello|hey|hiya|dear|welcome|morning|good morning
    good afternoon|good evening|good night|thank*|thanks|thx|cheers|ta|sorry|apolog*|afraid|unfortunately
    sadly|regret*|pleasure|glad|nice to meet|lovely to meet|good to meet|great to meet|meet you|great choice
    good choice|nice choice|good question|great question|lovely|great|perfect|wonderful|brilliant|amazing
    awesome|excellent|congratulations|happy to help|help you|i can help|here to help|if you need
    anything else|let me|i ll ask|i ll check|i ll find|i ll pass|i ll let|i ll get back|i ll have|i ll get
    i will ask|i will check|we ll check|we ll confirm|we ll get back|will get back|get back to you
    be in touch|in touch|let you know|come back to you|ask a|ask the|ask one|ask my|check with|checking
    confirm*|colleague*|assistant|bot|human|the team|team will|the owner|someone will|pass it on|pass that on
    pass this on|look into|have a|enjoy|see you|bye|goodbye|take care|take your time|best regards|best wishes
    kind regards|no worries|you re welcome|any time|tell me|send me|give me|just tell|just let|just send
    let us know|let me know|please|noted|note|got it|got your|received|your name|your address|your order
    which one|would you|what would|could i|may i|can i|i understand|understood|i see|i hear you|depends
    price is fixed|prices are fixed|fixed|final|one moment|a moment|a second|one sec|bear with|hang on
    hold on|waiting for your|looking forward|sounds good|sounds great|sounds lovely|of course|feel free|reply
    message us|write to us|text us|ask me|questions|question|happy birthday|hope|god bless|bless you
    stay blessed|blessings|happy shopping|much appreciated|appreciate|all good|no stress|my bad|my mistake
    my apologies|my fault|up to you|your call|your choice|whenever you|whenever suits|when you re ready
    have a think|sleep on it|think it over|think about it|mull it|fair enough|makes sense|i get it|i get you
    i know what you mean|know what you mean|tell me about it|i d have to|i would have to|would have to be
    would need to be|have to ask|need to ask|have to check|need to check|not sure|couldn t say|could not say
    can not say|hard to say|i wish|i m just|i m only|i am just|i am only|the listing|the description|it says
    it does not say|does not say|nothing about|it only says|our list|the catalogue|in our catalogue
    speak soon|talk soon|chat soon|catch you|see ya|later|abeg|no vex|wetin|no wahala|oya|pole|karibu|how far
    safe journey|safe travels|get well|congrats|well done|good luck|all the best|merry|happy new|happy eid
    eid mubarak|ramadan|haha|lol|aww|aw|oh|ooh|ah|oops|whoops|my pleasure|pleasure is|with pleasure|likewise
    same to you|and you|how are you|how are things|how is your|hope you|how can i|how may i|what can i
    who am i|may i know|may i have|can you share|could you share|can i get|can i have|could i have
    could i get|can you send|could you send|can you tell|could you tell|kindly share|kindly send|do share
    do let|do tell|do message|drop your|drop me|pop your|ping me|ping us|voice note|keep you|i ll come back
    we ll come back|i ll be|we ll be in touch|get in touch|i ll double|i ll look|i ll see|i ll try|i ll write
    i ll note|i ll make a note|i ll drop|i ll message|i ll text|i ll give you a shout|give you a shout
    shout you|revert|i ve asked|i ve passed|i ve noted|i ve sent|i ve written|i have asked|i have passed
    i have noted|we have noted|have noted|someone from|someone on|somebody from|one of the|one of our
    the girls|the boys|the lads|the shop will|the boss|my boss|my manager|the manager|for your message
    for your patience|for reaching|for getting in|for asking|for waiting|for letting|for your interest
    for writing|good to hear|lovely to hear|sorry to hear|glad to hear|good to know|that s fine|that s ok
    that s okay|that s great|that s lovely|that s kind|that s so kind|that s all|is that all|anything more
    something else|shall i|shall we|should i|would you like|would you prefer|do you want|do you need
    do you have|which size|which colour|which color|what size|what colour|what color|what date|what time
    how many|how much|how tall|who s it for|who is it for|where are you|where s it|mind how you go|have fun
    bear with me|bear with us|please bear|for you to choose|at your convenience|whenever is convenient
    how frustrating|how disappointing|i can imagine|i appreciate that|i appreciate your|thank you for bearing
    i want to make sure|i d want to|i would want to|i would rather|rather not guess|to be sure|to be certain
    just to be clear|to clarify|to confirm|could you confirm|could you clarify|so that i can|so i can
    may i ask|might i ask|can i ask|could i ask|is there anything|anything in particular|do you happen
    what sort of|what kind of|what type of|tell me a|tell me more|a little more about|a bit more about
    glad to|delighted to|pleased to|more than happy|only too happy|i d be happy|i would be happy
    we would be happy|we d be happy|i d be glad|we d be glad|what a thoughtful|what a lovely|what a great
    what a nice|what a sweet|what a beautiful|how thoughtful|how exciting|how wonderful|how sweet|how kind
    must have been|that must be|it must feel|you must be|you must feel|whether|give the|give your|greet the
    greet your|say hi|say hello|mind yourself|that sounds|it sounds like|sounds like|i can understand
    i can see why|i can see how|i completely understand|i totally understand|i fully understand
    text you|ring you|email you|we ll text|we ll call|we ll ring|we ll message|it s simple|it s very simple
    it s quite simple|it s really simple|it s straightforward|here s how|just so you know|hope that helps
    hope this helps|let s see|much as we|much as i|nothing to worry|one more thing|before i forget|to start with
    first of all|in short|in a nutshell|long story short|good to have you|nice to have you
    understand why|understand how|suggest asking|recommend asking|suggest checking|best to ask|best to check
    """,
    each="each apiece per every one",
    haves="have has had got is there available ve",
    withs="with including includes plus alongside",
)
