/// Reads a formula by operator precedence, as expr-lang's parser does.
///
/// Precedences are those of `parser/operator/operator.go` of github.com/expr-lang/expr v1.17.8.
struct FormulaParser {
    /// Deeper formulas are refused.
    private static let deepest = 100

    private static let binary: [String: (precedence: Int, operation: FormulaNode.Operator)] = [
        "or": (10, .or), "||": (10, .or), "and": (15, .and), "&&": (15, .and),
        "==": (20, .equal), "!=": (20, .unequal), "<": (20, .less), ">": (20, .greater),
        "<=": (20, .lessOrEqual), ">=": (20, .greaterOrEqual), "+": (30, .add),
        "-": (30, .subtract), "*": (60, .multiply), "/": (60, .divide), "%": (60, .remainder),
        "**": (100, .power), "^": (100, .power), "??": (500, .orElse),
    ]
    private static let unary = ["not": 50, "!": 50, "-": 90, "+": 90]

    private let tokens: [FormulaToken]
    private var next = 0
    private var depth = 0
    /// Inside of a condition on elements, where `#` is one of them.
    private var isInside = false

    /// The tree of a formula. Linear in its length.
    static func parse(_ text: String) throws(FormulaRefusal) -> FormulaNode {
        var parser = FormulaParser(tokens: try FormulaToken.all(in: text))
        let root = try parser.expression(0)
        guard parser.token.kind == .end else { throw parser.unexpected() }
        return root
    }

    private init(tokens: [FormulaToken]) { self.tokens = tokens }

    // MARK: Tokens

    private var token: FormulaToken { tokens[next] }

    private mutating func take(_ sign: String) -> Bool {
        guard token.is(sign) else { return false }
        next += 1
        return true
    }

    private mutating func expect(_ sign: String) throws(FormulaRefusal) {
        guard take(sign) else {
            throw FormulaRefusal(
                offset: token.offset, "expected `\(sign)`, found \(token.shown)",
                "close what was opened, and see that no operator is missing")
        }
    }

    private func unexpected() -> FormulaRefusal {
        let unknown = ["in", "matches", "contains", "startsWith", "endsWith", "|", "..", "::"]
        if case .sign(let sign) = token.kind, unknown.contains(sign) {
            return FormulaRefusal(
                offset: token.offset, "`\(sign)` is not known here",
                "use arithmetic, comparisons, `? :`, `??` and functions such as max and count")
        }
        return FormulaRefusal(
            offset: token.offset, "\(token.shown) was not expected here",
            token.kind == .end
                ? "add what is missing at the end" : "see that no operator or bracket is missing")
    }

    private func node(
        _ kind: FormulaNode.Kind, at offset: Int
    ) throws(FormulaRefusal) -> FormulaNode {
        let node = FormulaNode(kind, at: offset)
        guard node.depth <= Self.deepest else {
            throw FormulaRefusal(
                offset: offset, "the formula has too many parts in one another",
                "use brackets to make it at most \(Self.deepest) deep")
        }
        return node
    }

    // MARK: Expressions

    private mutating func expression(_ precedence: Int) throws(FormulaRefusal) -> FormulaNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw FormulaRefusal(
                offset: token.offset, "the formula has too many brackets in one another",
                "leave some out")
        }
        if precedence == 0, token.is("let") { return try declaration() }
        if precedence == 0, token.is("if") { return try branches() }
        var left = try primary()
        var wasOrElse = false
        while case .sign(let sign) = token.kind, let (own, operation) = Self.binary[sign],
            own >= precedence
        {
            let place = token.offset
            if wasOrElse, operation != .orElse {
                throw FormulaRefusal(
                    offset: place, "`\(sign)` beside `??` can be read in two ways",
                    "put `… ?? …` in brackets")
            }
            next += 1
            wasOrElse = operation == .orElse
            if operation.isOrder {
                left = try comparisons(left, operation, own, at: place)
            } else {
                let right = try expression(operation == .power ? own : own + 1)
                left = try node(.binary(operation, left, right), at: place)
            }
        }
        return precedence == 0 ? try conditional(left) : left
    }

    /// `a < b < c` is `a < b && b < c`.
    private mutating func comparisons(
        _ first: FormulaNode, _ operation: FormulaNode.Operator, _ precedence: Int, at place: Int
    ) throws(FormulaRefusal) -> FormulaNode {
        var (left, operation, place) = (first, operation, place)
        var root: FormulaNode?
        while true {
            let right = try expression(precedence + 1)
            let compared = try node(.binary(operation, left, right), at: place)
            root =
                try root.map { one throws(FormulaRefusal) in
                    try node(.binary(.and, one, compared), at: place)
                } ?? compared
            left = right
            guard case .sign(let sign) = token.kind, let known = Self.binary[sign],
                known.operation.isOrder
            else { return root ?? compared }
            (operation, place) = (known.operation, token.offset)
            next += 1
        }
    }

    private mutating func conditional(_ left: FormulaNode) throws(FormulaRefusal) -> FormulaNode {
        var left = left
        while token.is("?") {
            let place = token.offset
            next += 1
            if take(":") {
                left = try node(.conditional(left, nil, try expression(0)), at: place)
                continue
            }
            let yes = try expression(0)
            try expect(":")
            left = try node(.conditional(left, yes, try expression(0)), at: place)
        }
        return left
    }

    /// `let x = a / 2; x + 1`.
    private mutating func declaration() throws(FormulaRefusal) -> FormulaNode {
        try expect("let")
        guard case .word(let name) = token.kind else { throw unexpected() }
        let place = token.offset
        next += 1
        try expect("=")
        let value = try expression(0)
        try expect(";")
        return try node(.declaration(name, value, try expression(0)), at: place)
    }

    /// `if a > 1 { 2 } else { 3 }`.
    private mutating func branches() throws(FormulaRefusal) -> FormulaNode {
        let place = token.offset
        try expect("if")
        let condition = try expression(0)
        try expect("{")
        let yes = try expression(0)
        try expect("}")
        try expect("else")
        if token.is("if") {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw unexpected() }
            return try node(.conditional(condition, yes, try branches()), at: place)
        }
        try expect("{")
        let no = try expression(0)
        try expect("}")
        return try node(.conditional(condition, yes, no), at: place)
    }

    // MARK: Operands

    private mutating func primary() throws(FormulaRefusal) -> FormulaNode {
        let place = token.offset
        switch token.kind {
        case .number(let value):
            next += 1
            return try node(.literal(value), at: place)
        case .word(let word):
            next += 1
            return try named(word, at: place)
        case .sign(let sign):
            if let precedence = Self.unary[sign] {
                next += 1
                let operand = try expression(precedence)
                switch sign {
                case "-": return try node(.negation(operand), at: place)
                case "+": return operand
                default: return try node(.complement(operand), at: place)
                }
            }
            if take("(") {
                let inner = try expression(0)
                try expect(")")
                return inner
            }
            if take("[") { return try node(.list(try items(until: "]")), at: place) }
            guard isInside, take("#") else { throw unexpected() }
            return try node(.element, at: place)
        case .end: throw unexpected()
        }
    }

    /// What follows `(` or `[`, with the bracket that ends it.
    private mutating func items(until end: String) throws(FormulaRefusal) -> [FormulaNode] {
        var items: [FormulaNode] = []
        while !take(end) {
            if !items.isEmpty {
                try expect(",")
                if take(end) { break }
            }
            items.append(try expression(0))
        }
        return items
    }

    private mutating func named(
        _ word: String, at place: Int
    ) throws(FormulaRefusal) -> FormulaNode {
        switch word {
        case "true", "false": return try node(.literal(.boolean(word == "true")), at: place)
        case "nil": return try node(.literal(.nothing), at: place)
        default: break
        }
        guard take("(") else { return try node(.name(word), at: place) }
        if let quantifier = FormulaNode.Quantifier(rawValue: word) {
            let list = try expression(0)
            if take(",") {
                let condition = try condition()
                _ = take(",")
                try expect(")")
                return try node(.each(quantifier, list, condition), at: place)
            }
            try expect(")")
            if quantifier == .sum { return try node(.call(.sum, [list]), at: place) }
            if quantifier == .count {
                // Of truth values: those that are true.
                let own = try node(.element, at: place)
                return try node(.each(.count, list, own), at: place)
            }
            throw FormulaRefusal(
                offset: place, "`\(word)` needs a list and a condition",
                "write `\(word)([a, b], # > 1)`")
        }
        if let function = FormulaNode.Function(rawValue: word) {
            return try node(.call(function, try items(until: ")")), at: place)
        }
        throw FormulaRefusal(
            offset: place, "there is no function `\(word.prefix(40))`",
            "the functions are "
                + Set(
                    FormulaNode.Function.allCases.map(\.rawValue)
                        + FormulaNode.Quantifier.allCases.map(\.rawValue)
                ).sorted().joined(separator: ", "))
    }

    /// `# > 1` or `{# > 1}`.
    private mutating func condition() throws(FormulaRefusal) -> FormulaNode {
        let wasInside = isInside
        isInside = true
        defer { isInside = wasInside }
        guard take("{") else { return try expression(0) }
        let condition = try expression(0)
        try expect("}")
        return condition
    }
}

extension FormulaNode.Operator {
    var isOrder: Bool { [.less, .lessOrEqual, .greater, .greaterOrEqual].contains(self) }
}
