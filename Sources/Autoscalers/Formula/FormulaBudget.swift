/// Steps that one check or evaluation of a formula may still take, so that none goes on for ever.
///
/// Conditions on lists that stand in one another multiply: twelve of them on eight elements each are 8¹² steps. One
/// budget is shared by all parts of a formula; what takes more is refused.
final class FormulaBudget {
    /// More than any formula over a few triggers takes.
    static let steps = 100_000

    private var left = steps

    /// - Throws: if there are not so many steps left.
    func take(_ steps: Int, at node: FormulaNode) throws(FormulaRefusal) {
        left -= steps
        guard left < 0 else { return }
        throw FormulaRefusal(
            offset: node.offset, "the formula takes more than \(Self.steps) steps",
            "put fewer conditions on lists in one another")
    }
}
