import Kernel

/// Computes a formula with the values of triggers, as expr-lang's machine does: whole numbers are of 64 bits
/// and wrap, all others are doubles, and `/` and `**` are always of doubles.
struct FormulaEvaluation {
    /// What a trigger says; `nil` if it says nothing.
    let read: (String) -> Double?
    private var declared: [String: FormulaValue] = [:]
    private var element = FormulaValue.nothing
    private let budget = FormulaBudget()

    init(read: @escaping (String) -> Double?) { self.read = read }

    func value(of node: FormulaNode) throws(FormulaRefusal) -> FormulaValue {
        try budget.take(1, at: node)
        switch node.kind {
        case .literal(let value): return value
        case .name(let name): return declared[name] ?? read(name).map { .float($0) } ?? .nothing
        case .element: return element
        case .negation(let operand):
            switch try value(of: operand) {
            case .integer(let whole): return .integer(0 &- whole)
            case let value: return .float(-(try number(value, node)))
            }
        case .complement(let operand): return .boolean(!(try boolean(operand)))
        case .binary(let operation, let left, let right):
            return try value(of: operation, left, right, node)
        case .conditional(let condition, let yes, let no):
            guard try boolean(condition) else { return try value(of: no) }
            return try yes.map { yes throws(FormulaRefusal) in try value(of: yes) }
                ?? .boolean(true)
        case .declaration(let name, let value, let body):
            var inner = self
            inner.declared[name] = try self.value(of: value)
            return try inner.value(of: body)
        case .list(let items):
            return .list(try items.map { item throws(FormulaRefusal) in try value(of: item) })
        case .call(let function, let arguments):
            let values = try arguments.map { one throws(FormulaRefusal) in try value(of: one) }
            return try call(function, values, node)
        case .each(let quantifier, let list, let condition):
            return try each(quantifier, try self.list(try value(of: list), node), condition)
        }
    }

    // MARK: Operators

    private func value(
        of operation: FormulaNode.Operator, _ left: FormulaNode, _ right: FormulaNode,
        _ node: FormulaNode
    ) throws(FormulaRefusal) -> FormulaValue {
        switch operation {
        case .and: return .boolean(try boolean(left) ? try boolean(right) : false)
        case .or: return .boolean(try boolean(left) ? true : try boolean(right))
        case .orElse:
            let value = try value(of: left)
            return value == .nothing ? try self.value(of: right) : value
        default: return try compute(operation, try value(of: left), try value(of: right), node)
        }
    }

    private func compute(
        _ operation: FormulaNode.Operator, _ left: FormulaValue, _ right: FormulaValue,
        _ node: FormulaNode
    ) throws(FormulaRefusal) -> FormulaValue {
        if operation == .equal || operation == .unequal {
            let isEqual = try areEqual(left, right, node)
            return .boolean(isEqual == (operation == .equal))
        }
        if case .integer(let one) = left, case .integer(let other) = right,
            let whole = try Self.whole(operation, one, other, node)
        {
            return .integer(whole)
        }
        let (one, other) = (try number(left, node), try number(right, node))
        switch operation {
        case .add: return .float(one + other)
        case .subtract: return .float(one - other)
        case .multiply: return .float(one * other)
        case .divide: return .float(one / other)
        case .power: return .float(Self.power(one, other))
        case .less: return .boolean(one < other)
        case .lessOrEqual: return .boolean(one <= other)
        case .greater: return .boolean(one > other)
        case .greaterOrEqual: return .boolean(one >= other)
        case .remainder, .equal, .unequal, .and, .or, .orElse:
            throw FormulaRefusal(
                offset: node.offset, "`\(operation.rawValue)` needs whole numbers on both sides",
                "write `int(…) % int(…)`")
        }
    }

    /// `nil` for operators whose result is no whole number.
    private static func whole(
        _ operation: FormulaNode.Operator, _ left: Int64, _ right: Int64, _ node: FormulaNode
    ) throws(FormulaRefusal) -> Int64? {
        switch operation {
        case .add: return left &+ right
        case .subtract: return left &- right
        case .multiply: return left &* right
        case .remainder:
            guard right != 0 else {
                throw FormulaRefusal(
                    offset: node.offset, "the remainder of a division by zero",
                    "see that the right side of `%` is not zero")
            }
            return right == -1 ? 0 : left % right
        default: return nil
        }
    }

    private func areEqual(
        _ left: FormulaValue, _ right: FormulaValue, _ node: FormulaNode
    ) throws(FormulaRefusal) -> Bool {
        if let one = left.number, let other = right.number { return one == other }
        return try areSame(left, right, node)
    }

    /// Elements of lists are of one kind if they are the same.
    private func areSame(
        _ left: FormulaValue, _ right: FormulaValue, _ node: FormulaNode
    ) throws(FormulaRefusal) -> Bool {
        try budget.take(1, at: node)
        guard case .list(let ones) = left, case .list(let others) = right else {
            return left == right
        }
        guard ones.count == others.count else { return false }
        for (one, other) in zip(ones, others) {
            guard try areSame(one, other, node) else { return false }
        }
        return true
    }

    /// Whole exponents up to 64 by multiplication, so that squares of whole numbers are whole.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        if exponent == 0.5 { return base.squareRoot() }
        let isWhole = exponent == exponent.rounded()
        if isWhole, exponent.magnitude <= 64 {
            var (result, square, left) = (1.0, base, Int(exponent.magnitude))
            while left > 0 {
                if left & 1 == 1 { result *= square }
                square *= square
                left >>= 1
            }
            return exponent < 0 ? 1 / result : result
        }
        guard base < 0 else { return ExactMath.pow(base, exponent) }
        guard isWhole else { return .nan }
        let isOdd = exponent.truncatingRemainder(dividingBy: 2) != 0
        let size = ExactMath.pow(-base, exponent)
        return isOdd ? -size : size
    }

    // MARK: Functions

    private func call(
        _ function: FormulaNode.Function, _ arguments: [FormulaValue], _ node: FormulaNode
    ) throws(FormulaRefusal) -> FormulaValue {
        for case .list(let items) in arguments { try budget.take(items.count, at: node) }
        switch function {
        case .max: return try extreme(arguments, node) { $0 < $1 }
        case .min: return try extreme(arguments, node) { $0 > $1 }
        case .mean:
            let values = try flattened(arguments, node)
            return .float(values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count))
        case .median:
            let values = try flattened(arguments, node).sorted()
            guard !values.isEmpty else { return .float(0) }
            let middle = values.count / 2
            return .float(
                values.count % 2 == 1
                    ? values[middle] : (values[middle - 1] + values[middle]) / 2)
        case .sum: return try sum(try list(arguments[0], node), node)
        case .len: return .integer(Int64(try list(arguments[0], node).count))
        case .int, .abs:
            if case .integer(let whole) = arguments[0] {
                return .integer(function == .abs && whole < 0 ? 0 &- whole : whole)
            }
            let value = try number(arguments[0], node)
            return function == .abs
                ? .float(value.magnitude) : .integer(Int64(converting: value))
        case .float: return .float(try number(arguments[0], node))
        case .ceil: return .float(try number(arguments[0], node).rounded(.up))
        case .floor: return .float(try number(arguments[0], node).rounded(.down))
        case .round:
            return .float(try number(arguments[0], node).rounded(.toNearestOrAwayFromZero))
        }
    }

    /// The first of the values that no later one surpasses.
    private func extreme(
        _ arguments: [FormulaValue], _ node: FormulaNode,
        _ isSurpassed: (Double, Double) -> Bool
    ) throws(FormulaRefusal) -> FormulaValue {
        var best: FormulaValue?
        for argument in arguments {
            var values = [argument]
            if case .list(let items) = argument { values = items }
            for value in values {
                let next = try number(value, node)
                if let known = best?.number, !isSurpassed(known, next) { continue }
                best = value
            }
        }
        return best ?? .nothing
    }

    private func flattened(
        _ arguments: [FormulaValue], _ node: FormulaNode
    ) throws(FormulaRefusal) -> [Double] {
        var values: [Double] = []
        for argument in arguments {
            if case .list(let items) = argument {
                for item in items { values.append(try number(item, node)) }
            } else {
                values.append(try number(argument, node))
            }
        }
        return values
    }

    private func sum(
        _ items: [FormulaValue], _ node: FormulaNode
    ) throws(FormulaRefusal) -> FormulaValue {
        var total = FormulaValue.integer(0)
        for item in items { total = try compute(.add, total, item, node) }
        return total
    }

    private func each(
        _ quantifier: FormulaNode.Quantifier, _ items: [FormulaValue], _ condition: FormulaNode
    ) throws(FormulaRefusal) -> FormulaValue {
        var results: [FormulaValue] = []
        for item in items {
            var inner = self
            inner.element = item
            results.append(try inner.value(of: condition))
        }
        switch quantifier {
        case .map: return .list(results)
        case .sum: return try sum(results, condition)
        case .count, .any, .all, .none, .one, .filter: break
        }
        let isTrue = try results.map { one throws(FormulaRefusal) in
            try boolean(one, condition)
        }
        let count = isTrue.count { $0 }
        switch quantifier {
        case .any: return .boolean(count > 0)
        case .all: return .boolean(count == items.count)
        case .none: return .boolean(count == 0)
        case .one: return .boolean(count == 1)
        case .filter: return .list(zip(items, isTrue).filter(\.1).map(\.0))
        case .count, .map, .sum: return .integer(Int64(count))
        }
    }

    // MARK: Operands

    private func number(
        _ value: FormulaValue, _ node: FormulaNode
    ) throws(FormulaRefusal) -> Double {
        guard let number = value.number else { throw unfit("a number", value, node) }
        return number
    }

    private func boolean(_ node: FormulaNode) throws(FormulaRefusal) -> Bool {
        try boolean(try value(of: node), node)
    }

    private func boolean(
        _ value: FormulaValue, _ node: FormulaNode
    ) throws(FormulaRefusal) -> Bool {
        guard case .boolean(let truth) = value else { throw unfit("true or false", value, node) }
        return truth
    }

    private func list(
        _ value: FormulaValue, _ node: FormulaNode
    ) throws(FormulaRefusal) -> [FormulaValue] {
        guard case .list(let items) = value else { throw unfit("a list", value, node) }
        return items
    }

    private func unfit(
        _ wanted: String, _ value: FormulaValue, _ node: FormulaNode
    ) -> FormulaRefusal {
        FormulaRefusal(
            offset: node.offset, "expected \(wanted), and it came to \(value.type.words)",
            value == .nothing
                ? "say with `??` what counts while a trigger fails" : "see what it is made of")
    }
}

extension Int64 {
    /// The whole number next to `value` towards zero, as Go converts on amd64: what is no number or does not
    /// fit is the least number there is.
    init(converting value: Double) { self = Int64(exactly: value.rounded(.towardZero)) ?? .min }
}
