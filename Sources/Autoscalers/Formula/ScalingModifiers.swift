/// `advanced.scalingModifiers` of a ScaledObject: one metric made of all triggers.
///
/// Follows `HandleScalingModifiers` of `pkg/scaling/modifiers/formula.go`, KEDA at 8b4f083c (August 2026).
package struct ScalingModifiers: Hashable, Sendable {
    /// The name of the metric that the HPA asks for.
    package static let metricName = "composite-metric"

    package var formula: ScalingFormula
    /// What the HPA is to reach with it; at least a thousandth.
    package var target: Double
    /// Only a whole target lets the object have a fallback: KEDA reads it as an integer there.
    package var hasWholeTarget: Bool
    /// The object is active above it.
    package var activationTarget: Double
    /// Whether ``target`` is for all replicas together; otherwise for each.
    package var isForAll: Bool

    package init(
        formula: ScalingFormula, target: Double, hasWholeTarget: Bool,
        activationTarget: Double = 0, isForAll: Bool = false
    ) {
        self.formula = formula
        self.target = target
        self.hasWholeTarget = hasWholeTarget
        self.activationTarget = activationTarget
        self.isForAll = isForAll
    }

    /// A trigger in one read of the metric.
    package struct Part: Hashable, Sendable {
        package var name: String
        /// After the fallback; `nil` if it failed.
        package var value: Quantity?
        /// ``value`` is that of a fallback: what the whole metric then is.
        package var isFallbackActive: Bool
        /// It has failed for too long, and the formula says what to do: it reads as `nil`.
        package var isLeftOut: Bool

        package init(
            name: String, value: Quantity?, isFallbackActive: Bool = false, isLeftOut: Bool = false
        ) {
            self.name = name
            self.value = value
            self.isFallbackActive = isFallbackActive
            self.isLeftOut = isLeftOut
        }
    }

    /// The metric of one read; `nil` if it cannot be made, as when a trigger fails and no fallback is active.
    ///
    /// `fallback`: Whose size counts where the formula comes to nothing.
    package func value(_ parts: [Part], fallback: MetricFallback?) -> Quantity? {
        if let part = parts.first(where: \.isFallbackActive) { return part.value }
        guard parts.allSatisfy({ $0.value != nil }) else { return nil }
        var values: [String: Double] = [:]
        for part in parts where !part.isLeftOut { values[part.name] = part.value?.double }
        do throws(FormulaRefusal) {
            if let value = try formula.value({ values[$0] }) {
                return Quantity(milli: Int64(converting: value * 1000))
            }
        } catch { return nil }
        return fallback.map {
            Quantity(milli: Int64(converting: Double($0.replicas) * target * 1000))
        }
    }

    /// What the HPA that KEDA makes is to reach, cut to thousandths.
    package var metricTarget: MetricTarget {
        let quantity = Quantity(milli: Int64(saturatingTowardsZero: target * 1000))
        return isForAll ? .value(quantity) : .averageValue(quantity)
    }

    /// The same for a fallback.
    package var fallbackTarget: MetricFallback.Target {
        Self.fallbackTarget(target, isForAll: isForAll)
    }

    package static func fallbackTarget(_ target: Double, isForAll: Bool) -> MetricFallback.Target {
        let quantity = Quantity(nanounits: Int128(min(target, 1e18) * 1e9))
        return isForAll ? .value(quantity) : .averageValue(quantity)
    }
}
