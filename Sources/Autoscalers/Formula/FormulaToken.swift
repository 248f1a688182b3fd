/// A word of a formula, and where it begins.
struct FormulaToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case number(FormulaValue)
        case word(String)
        /// An operator, a bracket or a keyword.
        case sign(String)
        case end
    }

    var kind: Kind
    /// Characters before it.
    var offset: Int

    func `is`(_ sign: String) -> Bool { kind == .sign(sign) }

    /// For messages.
    var shown: String {
        switch kind {
        case .number: "a number"
        case .word(let word): "`\(word.prefix(40))`"
        case .sign(let sign): "`\(sign)`"
        case .end: "the end"
        }
    }
}

extension FormulaToken {
    /// Longer formulas are refused.
    static let longestFormula = 4_000

    private static let doubles = [
        "**", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "::",
    ]
    private static let singles = Set("()[]{}+-*/%^<>!?:,;=#|&.")
    private static let keywords: Set<String> = [
        "and", "or", "not", "let", "if", "else", "in", "matches", "contains", "startsWith",
        "endsWith",
    ]

    /// The words of a formula, with ``Kind/end`` at the end. Linear in its length.
    static func all(in text: String) throws(FormulaRefusal) -> [FormulaToken] {
        let letters = Array(text)
        guard letters.count <= longestFormula else {
            throw FormulaRefusal(
                offset: longestFormula, "the formula is longer than \(longestFormula) characters",
                "say it with fewer words")
        }
        var tokens: [FormulaToken] = []
        var place = 0
        while place < letters.count {
            let letter = letters[place]
            let start = place
            if letter.isWhitespace {
                place += 1
            } else if letter.isASCIIDigit
                || letter == "." && place + 1 < letters.count && letters[place + 1].isASCIIDigit
            {
                tokens.append(try number(letters, &place))
            } else if letter.isLetter || letter == "_" || letter == "$" {
                while place < letters.count, letters[place].isPartOfName { place += 1 }
                let word = String(letters[start..<place])
                tokens.append(
                    FormulaToken(
                        kind: keywords.contains(word) ? .sign(word) : .word(word), offset: start))
            } else {
                tokens.append(try sign(letters, &place))
            }
        }
        tokens.append(FormulaToken(kind: .end, offset: letters.count))
        return tokens
    }

    private static func sign(
        _ letters: [Character], _ place: inout Int
    ) throws(FormulaRefusal) -> FormulaToken {
        let start = place
        let two = String(letters[start..<min(start + 2, letters.count)])
        if doubles.contains(two) {
            place += 2
            return FormulaToken(kind: .sign(two), offset: start)
        }
        guard singles.contains(letters[start]) else {
            throw FormulaRefusal(
                offset: start,
                ["'", "\"", "`"].contains(letters[start])
                    ? "a text is of no use in a formula"
                    : "`\(letters[start])` is no part of a formula",
                "write numbers, names of triggers and operators such as + and >")
        }
        place += 1
        return FormulaToken(kind: .sign(String(letters[start])), offset: start)
    }

    /// `12`, `1_000`, `0.5`, `.5`, `1e3`: whole unless it has a point or an exponent.
    private static func number(
        _ letters: [Character], _ place: inout Int
    ) throws(FormulaRefusal) -> FormulaToken {
        let start = place
        var text = ""
        var isWhole = true
        func take(_ condition: (Character) -> Bool) {
            while place < letters.count, condition(letters[place]) {
                if letters[place] != "_" { text.append(letters[place]) }
                place += 1
            }
        }
        take { $0.isASCIIDigit || $0 == "_" }
        if place < letters.count, letters[place] == ".",
            place + 1 >= letters.count || letters[place + 1] != "."
        {
            isWhole = false
            text.append(".")
            place += 1
            take { $0.isASCIIDigit || $0 == "_" }
        }
        if place < letters.count, letters[place] == "e" || letters[place] == "E" {
            isWhole = false
            text.append("e")
            place += 1
            if place < letters.count, letters[place] == "-" || letters[place] == "+" {
                text.append(letters[place])
                place += 1
            }
            take { $0.isASCIIDigit }
        }
        if text.hasPrefix(".") { text = "0" + text }
        if text.hasSuffix(".") { text += "0" }
        text = text.replacing(".e", with: ".0e")
        let value: FormulaValue? =
            isWhole
            ? Int64(text).map { .integer($0) }
            : Double(text).flatMap { $0.isFinite ? .float($0) : nil }
        guard let value, place >= letters.count || !letters[place].isPartOfName else {
            throw FormulaRefusal(
                offset: start, "this is no number that can be computed with",
                "write it as 12, 0.5 or 1e3; a trigger's name cannot begin with a digit")
        }
        return FormulaToken(kind: .number(value), offset: start)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isWholeNumber }
    fileprivate var isPartOfName: Bool {
        isLetter || isASCIIDigit || self == "_" || self == "$"
    }
}

/// What is wrong with a formula: where, what, and what to do about it.
package struct FormulaRefusal: Error, Hashable, Sendable {
    /// Characters before the place.
    package var offset: Int
    package var message: String
    package var remedy: String

    init(offset: Int, _ message: String, _ remedy: String) {
        self.offset = offset
        self.message = message
        self.remedy = remedy
    }
}
