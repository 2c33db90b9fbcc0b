/// An electoral ward of Leeds and the postcode district that most of it lies in.
struct LeedsWard {
    let name: String
    let district: String

    /// The thirty-three wards.
    static let all: [LeedsWard] = [
        ("Adel and Wharfedale", "LS16"), ("Alwoodley", "LS17"), ("Ardsley and Robin Hood", "WF3"), ("Armley", "LS12"),
        ("Beeston and Holbeck", "LS11"), ("Bramley and Stanningley", "LS13"), ("Burmantofts and Richmond Hill", "LS9"),
        ("Calverley and Farsley", "LS28"), ("Chapel Allerton", "LS7"), ("Cross Gates and Whinmoor", "LS15"),
        ("Farnley and Wortley", "LS12"), ("Garforth and Swillington", "LS25"), ("Gipton and Harehills", "LS8"),
        ("Guiseley and Rawdon", "LS20"), ("Harewood", "LS17"), ("Headingley and Hyde Park", "LS6"),
        ("Horsforth", "LS18"),
        ("Hunslet and Riverside", "LS10"), ("Killingbeck and Seacroft", "LS14"), ("Kippax and Methley", "LS26"),
        ("Kirkstall", "LS5"), ("Little London and Woodhouse", "LS2"), ("Middleton Park", "LS10"), ("Moortown", "LS17"),
        ("Morley North", "LS27"), ("Morley South", "LS27"), ("Otley and Yeadon", "LS21"), ("Pudsey", "LS28"),
        ("Rothwell", "LS26"), ("Roundhay", "LS8"), ("Temple Newsam", "LS15"), ("Weetwood", "LS16"),
        ("Wetherby", "LS22"),
    ].map { LeedsWard(name: $0.0, district: $0.1) }

    /// Street names that are made up.
    static let streets = [
        "Ginnel Row", "Loiner Street", "Owlcotes Fold", "Ropewalk Mews", "Teasel Close", "Fullers Croft",
        "Weavers Gate",
        "Shoddy Lane", "Kersey Terrace", "Bobbin Place", "Heald Avenue", "Picking Stick Yard",
    ]
}
