/// A formula over the triggers of a ScaledObject: `advanced.scalingModifiers.formula`.
///
/// KEDA evaluates it with github.com/expr-lang/expr v1.17.8. What makes numbers of numbers is known here: `+ - * / %
/// ** ^`, comparisons, `and or not && || !`, `? :`, `if else`, `??`, `let`, lists, and the functions abs ceil floor
/// round int float max min mean median sum len count any all none one filter map. Texts, maps, times, ranges,
/// members and pipes are refused.
package struct ScalingFormula: Hashable, Sendable {
    package let text: String
    private let root: FormulaNode

    /// Reads and checks a formula, as KEDA's webhook does: all names are those of triggers, the kinds of its
    /// parts fit, and it comes to a number when every trigger says -1.
    ///
    /// `names`: Of the triggers that can be used: those with a name that are not cpu or memory.
    ///
    /// Sources: `validateScalingModifiersFormula` of `apis/keda/v1alpha1/scaledobject_webhook.go`, KEDA at 8b4f083c.
    package init(_ text: String, names: [String]) throws(FormulaRefusal) {
        self.text = text
        root = try FormulaParser.parse(text)
        let type = try FormulaCheck(names: names).type(of: root)
        guard type.isNumber || type == .nothing && mayComeToNothing else {
            throw FormulaRefusal(
                offset: root.offset, "the formula comes to \(type.words), not to a number",
                "choose between two numbers with `condition ? 1 : 0`")
        }
        _ = try value { _ in -1 }
    }

    /// What the formula comes to; `nil` for nothing, which only one with `??` may.
    ///
    /// `read`: What a trigger says; `nil` for one that says nothing.
    /// - Throws: if it cannot be computed, such as a sum with a trigger that says nothing.
    package func value(_ read: (String) -> Double?) throws(FormulaRefusal) -> Double? {
        let value = try withoutActuallyEscaping(read) { read throws(FormulaRefusal) in
            try FormulaEvaluation(read: read).value(of: root)
        }
        if value == .nothing, mayComeToNothing { return nil }
        guard let number = value.number else {
            throw FormulaRefusal(
                offset: root.offset, "the formula comes to \(value.type.words), not to a number",
                value == .nothing
                    ? "say with `??` what counts while a trigger fails"
                    : "choose between two numbers with `condition ? 1 : 0`")
        }
        return number
    }

    /// Source: `castToFloatIfNecessary` of the same file: all others are converted to a number.
    private var mayComeToNothing: Bool { text.contains("??") }
}
