import Domain

/// Names that go together, how common they are in Leeds, and how their bearers may be recorded.
struct Culture {
    /// Of a thousand people.
    let weight: Int
    let categories: [EthnicCategory]
    /// ISO 639-1.
    let language: String
    let womensNames: [String]
    let mensNames: [String]
    let familyNames: [String]

    /// The weights follow the 2021 census of Leeds, roughly.
    static let all: [Culture] = [
        Culture(
            weight: 730, categories: [.whiteBritish], language: "en",
            womensNames: [
                "Margaret", "Susan", "Dorothy", "Jean", "Karen", "Emma", "Chloe", "Kathleen", "Julie", "Brenda",
            ],
            mensNames: ["John", "David", "Peter", "Barry", "Kevin", "Daniel", "Jack", "Ronald", "Trevor", "Stephen"],
            familyNames: [
                "Smith", "Hardcastle", "Sykes", "Armitage", "Wood", "Barraclough", "Taylor", "Illingworth", "Greenwood",
                "Moore",
            ]),
        Culture(
            weight: 12, categories: [.whiteIrish], language: "en",
            womensNames: ["Bridget", "Siobhán", "Maureen", "Aoife"],
            mensNames: ["Patrick", "Seán", "Declan", "Michael"],
            familyNames: ["O’Sullivan", "Gallagher", "Murphy", "Ní Bhriain", "McDonagh"]),
        Culture(
            weight: 50, categories: [.otherWhite], language: "pl",
            womensNames: ["Agnieszka", "Małgorzata", "Zofia", "Danuta"],
            mensNames: ["Paweł", "Stanisław", "Jerzy", "Łukasz"],
            familyNames: ["Kowalska", "Wiśniewski", "Nowak", "Zając", "Dąbrowska"]),
        Culture(
            weight: 16, categories: [.otherWhite], language: "ro",
            womensNames: ["Ioana", "Elena", "Ștefania"], mensNames: ["Andrei", "Mihai", "Ștefan"],
            familyNames: ["Popescu", "Ionescu", "Țurcanu", "Munteanu"]),
        Culture(
            weight: 40, categories: [.pakistani], language: "ur",
            womensNames: ["Nasreen", "Shabana", "Fatima", "Zainab", "Rukhsana"],
            mensNames: ["Mohammed", "Tariq", "Imran", "Abdul", "Ghulam"],
            familyNames: ["Hussain", "Akhtar", "Khan", "Mahmood", "Bibi"]),
        Culture(
            weight: 26, categories: [.indian], language: "pa",
            womensNames: ["Harpreet", "Surinder", "Lakshmi", "Manjit"],
            mensNames: ["Gurdeep", "Rajesh", "Balwinder", "Anil"],
            familyNames: ["Singh", "Kaur", "Patel", "Sharma", "Gill"]),
        Culture(
            weight: 10, categories: [.bangladeshi], language: "bn",
            womensNames: ["Shirin", "Rehana", "Salma"], mensNames: ["Rafiq", "Kamal", "Shafiqul"],
            familyNames: ["Begum", "Rahman", "Miah", "Choudhury"]),
        Culture(
            weight: 13, categories: [.chinese], language: "zh",
            womensNames: ["Mei", "Xiuying", "Li Hua"], mensNames: ["Wei", "Jianguo", "Ming"],
            familyNames: ["Chan", "Wong", "Zhang", "Lü"]),
        Culture(
            weight: 34, categories: [.african], language: "en",
            womensNames: ["Ngozi", "Amina", "Tendai", "Abeba"], mensNames: ["Chidi", "Kwame", "Yohannes", "Tatenda"],
            familyNames: ["Okafor", "Mensah", "Tesfaye", "Moyo", "Ncube"]),
        Culture(
            weight: 12, categories: [.caribbean, .whiteAndBlackCaribbean], language: "en",
            womensNames: ["Beverley", "Icilda", "Marcia"], mensNames: ["Winston", "Delroy", "Errol"],
            familyNames: ["Campbell", "Francis", "Grant", "St. Hilaire"]),
        Culture(
            weight: 20, categories: [.otherGroup, .otherAsian], language: "ar",
            womensNames: ["Layla", "Samira", "Nour"], mensNames: ["Yusuf", "Omar", "Khalid"],
            familyNames: ["al-Hassan", "Haddad", "Mansour", "Aziz"]),
        Culture(
            weight: 22, categories: [.otherMixed, .whiteAndAsian, .whiteAndBlackAfrican], language: "en",
            womensNames: ["Jasmine", "Leila", "Renée"], mensNames: ["Marcus", "Zak", "André"],
            familyNames: ["Bailey-Khan", "Thompson", "Osei-Wright", "D’Souza"]),
        Culture(
            weight: 15, categories: [.notStated, .notKnown], language: "en",
            womensNames: ["Sam", "Alex", "Chris"], mensNames: ["Sam", "Alex", "Chris"],
            familyNames: ["Jones", "Lee", "Young", "Ali"]),
    ]
}
