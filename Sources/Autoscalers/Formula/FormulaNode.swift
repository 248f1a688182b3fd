/// A part of a formula: a tree of bounded depth.
struct FormulaNode: Hashable, Sendable {
    indirect enum Kind: Hashable, Sendable {
        case literal(FormulaValue)
        /// A trigger, or what `let` has named.
        case name(String)
        /// `#`: the element of a list that a condition is about.
        case element
        case negation(FormulaNode)
        case complement(FormulaNode)
        case binary(Operator, FormulaNode, FormulaNode)
        /// A condition, and what counts if it is true (without it the condition itself) and if it is not.
        case conditional(FormulaNode, FormulaNode?, FormulaNode)
        case declaration(String, FormulaNode, FormulaNode)
        case list([FormulaNode])
        case call(Function, [FormulaNode])
        /// A list, and what is asked of each of its elements.
        case each(Quantifier, FormulaNode, FormulaNode)
    }

    enum Operator: String, Hashable, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
        case power = "**"
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case and = "&&"
        case or = "||"
        /// The left side, or the right one where the left is nothing.
        case orElse = "??"
    }

    enum Function: String, CaseIterable, Hashable, Sendable {
        case abs, ceil, floor, round, int, float, max, min, sum, mean, median, len

        /// Whether it takes any number of numbers and lists of them.
        var takesMany: Bool { [.max, .min, .mean, .median].contains(self) }
    }

    enum Quantifier: String, CaseIterable, Hashable, Sendable {
        case count, any, all, none, one, filter, map, sum
    }

    let kind: Kind
    /// Characters before it in the formula.
    let offset: Int
    /// Parts from here to the farthest leaf.
    let depth: Int

    init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
        depth = 1 + (Self.children(of: kind).map(\.depth).max() ?? 0)
    }

    private static func children(of kind: Kind) -> [FormulaNode] {
        switch kind {
        case .literal, .name, .element: []
        case .negation(let one), .complement(let one): [one]
        case .binary(_, let one, let other), .declaration(_, let one, let other),
            .each(_, let one, let other):
            [one, other]
        case .conditional(let condition, let one, let other):
            [condition, other] + (one.map { [$0] } ?? [])
        case .list(let items), .call(_, let items): items
        }
    }
}

/// What a part of a formula comes to.
enum FormulaValue: Hashable, Sendable {
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case list([FormulaValue])
    /// `nil`: a trigger that has failed for too long, under the fallback `scalingModifiers`.
    case nothing

    var number: Double? {
        switch self {
        case .integer(let whole): Double(whole)
        case .float(let value): value
        case .boolean, .list, .nothing: nil
        }
    }
}
