import Kernel

/// What kind of value a part of a formula has, as far as that is known before it is evaluated.
enum FormulaType: Hashable, Sendable {
    case integer, float, boolean, list, nothing, unknown

    var isNumber: Bool { self == .integer || self == .float || self == .unknown }
    var isInteger: Bool { self == .integer || self == .unknown }
    var isBoolean: Bool { self == .boolean || self == .unknown }

    var words: String {
        switch self {
        case .integer: "a whole number"
        case .float: "a number"
        case .boolean: "true or false"
        case .list: "a list"
        case .nothing: "nil"
        case .unknown: "something"
        }
    }
}

/// Finds out before a formula is used whether its names are known and its operators fit, as expr-lang's
/// checker does: triggers are numbers with a fraction.
struct FormulaCheck {
    /// Of triggers; all of them can be used.
    let names: [String]
    private var declared: [String: FormulaType] = [:]
    private let budget = FormulaBudget()

    init(names: [String]) { self.names = names }

    func type(of node: FormulaNode) throws(FormulaRefusal) -> FormulaType {
        try budget.take(1, at: node)
        switch node.kind {
        case .literal(let value): return value.type
        case .name(let name): return try type(ofName: name, node)
        case .element: return .unknown
        case .negation(let operand):
            return try number(operand, "-", node)
        case .complement(let operand):
            try boolean(operand, "!", node)
            return .boolean
        case .binary(let operation, let left, let right):
            return try type(of: operation, try type(of: left), try type(of: right), node)
        case .conditional(let condition, let yes, let no):
            try boolean(condition, "?", node)
            let one = try yes.map { yes throws(FormulaRefusal) in try type(of: yes) } ?? .boolean
            let other = try type(of: no)
            return one == other ? one : .unknown
        case .declaration(let name, let value, let body):
            if names.contains(name) || declared[name] != nil {
                throw FormulaRefusal(
                    offset: node.offset, "`\(name)` is there already", "choose another name")
            }
            var inner = self
            inner.declared[name] = try type(of: value)
            return try inner.type(of: body)
        case .list(let items):
            for item in items { _ = try type(of: item) }
            return .list
        case .call(let function, let arguments): return try type(of: function, arguments, node)
        case .each(let quantifier, let list, let condition):
            try self.list(list, try type(of: list), quantifier.rawValue)
            let found = try type(of: condition)
            let isOpen = quantifier == .map || quantifier == .sum
            guard isOpen || found.isBoolean else {
                throw mismatch(
                    "`\(quantifier.rawValue)` asks something of each element, but this is "
                        + found.words, condition)
            }
            switch quantifier {
            case .count: return .integer
            case .any, .all, .none, .one: return .boolean
            case .filter, .map: return .list
            case .sum: return .unknown
            }
        }
    }

    private func type(ofName name: String, _ node: FormulaNode) throws(FormulaRefusal)
        -> FormulaType
    {
        if let type = declared[name] { return type }
        guard !names.contains(name) else { return .float }
        let known = names + declared.keys.sorted()
        let remedy =
            NearestName.nearest(to: name, among: known).map { "write `\($0)`" }
            ?? (known.isEmpty
                ? "give the trigger a `name` (cpu and memory cannot be used)"
                : "the triggers with a name are \(known.joined(separator: ", "))")
        throw FormulaRefusal(
            offset: node.offset,
            "no trigger has the name `\(name.prefix(40))`", remedy)
    }

    private func type(
        of operation: FormulaNode.Operator, _ left: FormulaType, _ right: FormulaType,
        _ node: FormulaNode
    ) throws(FormulaRefusal) -> FormulaType {
        let isKnown = left != .unknown && right != .unknown
        switch operation {
        case .add, .subtract, .multiply:
            guard left.isNumber, right.isNumber else { break }
            if left == .float || right == .float { return .float }
            return isKnown ? .integer : .unknown
        case .divide, .power:
            if left.isNumber, right.isNumber { return .float }
        case .remainder:
            if left.isInteger, right.isInteger { return .integer }
            throw mismatch("`%` needs whole numbers on both sides", node, "write `int(…) % int(…)`")
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            if left.isNumber, right.isNumber { return .boolean }
        case .equal, .unequal:
            let isNothing = left == .nothing || right == .nothing
            if left == right || isNothing || left.isNumber && right.isNumber || !isKnown {
                return .boolean
            }
        case .and, .or:
            if left.isBoolean, right.isBoolean { return .boolean }
        case .orElse:
            if left == .nothing { return right }
            return left == right || right == .nothing ? left : .unknown
        }
        throw mismatch(
            "`\(operation.rawValue)` does not fit between \(left.words) and \(right.words)", node)
    }

    private func type(
        of function: FormulaNode.Function, _ arguments: [FormulaNode], _ node: FormulaNode
    ) throws(FormulaRefusal) -> FormulaType {
        guard function.takesMany ? !arguments.isEmpty : arguments.count == 1 else {
            throw FormulaRefusal(
                offset: node.offset,
                "`\(function.rawValue)` takes \(function.takesMany ? "numbers or a list" : "one value"), and has \(arguments.count)",
                function.takesMany
                    ? "write `\(function.rawValue)(a, b)`" : "write `\(function.rawValue)(a)`")
        }
        let types = try arguments.map { argument throws(FormulaRefusal) in try type(of: argument) }
        switch function {
        case .sum, .len:
            try list(arguments[0], types[0], function.rawValue)
            return function == .len ? .integer : .unknown
        default: break
        }
        for (argument, type) in zip(arguments, types) {
            guard type.isNumber || function.takesMany && type == .list else {
                throw mismatch(
                    "`\(function.rawValue)` needs a number, and this is \(type.words)", argument)
            }
        }
        switch function {
        case .abs: return types[0]
        case .int: return .integer
        case .ceil, .floor, .round, .float, .mean, .median: return .float
        case .max, .min, .sum, .len:
            let first = types[0]
            return first != .list && types.allSatisfy { $0 == first } ? first : .unknown
        }
    }

    // MARK: Operands

    private func number(
        _ operand: FormulaNode, _ sign: String, _ node: FormulaNode
    ) throws(FormulaRefusal) -> FormulaType {
        let found = try type(of: operand)
        guard found.isNumber else {
            throw mismatch("`\(sign)` needs a number, and this is \(found.words)", node)
        }
        return found
    }

    private func boolean(
        _ operand: FormulaNode, _ sign: String, _ node: FormulaNode
    ) throws(FormulaRefusal) {
        let found = try type(of: operand)
        guard found.isBoolean else {
            throw mismatch("`\(sign)` needs a condition, and this is \(found.words)", node)
        }
    }

    private func list(
        _ operand: FormulaNode, _ found: FormulaType, _ name: String
    ) throws(FormulaRefusal) {
        guard found == .list || found == .unknown else {
            throw mismatch(
                "`\(name)` needs a list, and this is \(found.words)", operand, "write `[a, b]`")
        }
    }

    private func mismatch(
        _ message: String, _ node: FormulaNode,
        _ remedy: String = "see which operator comes first, and use brackets"
    ) -> FormulaRefusal {
        FormulaRefusal(offset: node.offset, message, remedy)
    }
}

extension FormulaValue {
    var type: FormulaType {
        switch self {
        case .integer: .integer
        case .float: .float
        case .boolean: .boolean
        case .list: .list
        case .nothing: .nothing
        }
    }
}
