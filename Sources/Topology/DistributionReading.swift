import Foundation
import Kernel

/// Reads times that vary.
struct DistributionReading {
    let companions: CompanionFiles

    /// A plain duration or a mapping that names a shape; nil after logging.
    func distribution(_ field: Field) -> Distribution? {
        guard field.isMapping else {
            return field.seconds(isPositive: false).map { Distribution(.deterministic(value: $0)) }
        }
        guard let reader = ObjectReader(.distribution, field),
            let (name, value) = reader.chosen, let offset = reader.duration("atLeast"),
            let shape = shape(name, value, reader)
        else { return nil }
        let distribution = Distribution(shape, offset: offset)
        if let problem = distribution.problem {
            value.fail(problem, "choose parameters whose times a simulation can hold")
            return nil
        }
        return distribution
    }

    /// As ``distribution(_:)``, and not always zero.
    func positiveDistribution(_ field: Field) -> Distribution? {
        guard field.isMapping else {
            return field.seconds(isPositive: true).map { Distribution(.deterministic(value: $0)) }
        }
        guard let distribution = distribution(field) else { return nil }
        guard distribution.mean > 0 else {
            field.fail("the time is always zero", "write a time above zero")
            return nil
        }
        return distribution
    }

    /// Whether a mapping names a shape, rather than being a mapping of another kind.
    func isShape(_ field: Field) -> Bool {
        TopologyFormat.object(.distribution).keys.contains { field.child($0.name) != nil }
    }

    private func shape(
        _ name: String, _ value: Field, _ reader: ObjectReader
    ) -> Distribution.Shape? {
        switch name {
        case "constant": reader.seconds(name).map { .deterministic(value: $0) }
        case "exponential": reader.seconds(name).map { .exponential(mean: $0) }
        case "uniform": uniform(reader)
        case "erlang": erlang(value)
        case "gamma": gamma(value)
        case "lognormal": lognormal(value)
        case "weibull": weibull(value)
        case "pareto": pareto(value)
        case "hyperexponential": hyperexponential(reader)
        case "empirical": empirical(value, reader)
        default: nil
        }
    }

    private func uniform(_ reader: ObjectReader) -> Distribution.Shape? {
        guard let bounds = reader.items("uniform", "two times, such as `[1 ms, 5 ms]`"),
            let low = bounds[0].seconds(isPositive: false),
            let high = bounds[1].seconds(isPositive: false)
        else { return nil }
        guard low <= high else {
            reader.field.fail("the first time is above the second", "write the smaller one first")
            return nil
        }
        return .uniform(low: low, high: high)
    }

    private func erlang(_ field: Field) -> Distribution.Shape? {
        guard let reader = ObjectReader(.erlang, field) else { return nil }
        guard let shape = reader.count("shape"), let mean = reader.seconds("mean") else {
            return nil
        }
        return .erlang(shape: shape, mean: mean)
    }

    private func gamma(_ field: Field) -> Distribution.Shape? {
        guard let reader = ObjectReader(.gamma, field) else { return nil }
        guard let shape = reader.number("shape"), let mean = reader.seconds("mean") else {
            return nil
        }
        return .gamma(shape: shape, mean: mean)
    }

    /// Median and sigma from mean m and coefficient of variation c: sigma² = ln(1 + c²) and
    /// median = m / sqrt(1 + c²).
    private func lognormal(_ field: Field) -> Distribution.Shape? {
        guard case .mapping(let entries) = field.node.content,
            entries.contains(where: { $0.key == "mean" || $0.key == "cv" })
        else {
            guard let reader = ObjectReader(.lognormal, field),
                let median = reader.seconds("median"),
                let sigma = reader.number("sigma")
            else { return nil }
            return .lognormal(median: median, sigma: sigma)
        }
        guard let reader = ObjectReader(.lognormalMoments, field),
            let mean = reader.seconds("mean"), let variation = reader.number("cv")
        else { return nil }
        let spread = 1 + variation * variation
        return .lognormal(
            median: mean / spread.squareRoot(), sigma: spread.exactLogarithm.squareRoot())
    }

    private func weibull(_ field: Field) -> Distribution.Shape? {
        guard let reader = ObjectReader(.weibull, field) else { return nil }
        guard let shape = reader.number("shape"), let scale = reader.seconds("scale") else {
            return nil
        }
        return .weibull(shape: shape, scale: scale)
    }

    private func pareto(_ field: Field) -> Distribution.Shape? {
        guard let reader = ObjectReader(.pareto, field), let shape = reader.number("shape"),
            let low = reader.seconds("low"), let high = reader.seconds("high")
        else { return nil }
        guard low < high else {
            field.fail("`low` is not below `high`", "write a larger `high`")
            return nil
        }
        return .boundedPareto(shape: shape, low: low, high: high)
    }

    private func hyperexponential(_ reader: ObjectReader) -> Distribution.Shape? {
        let wanted = "a list such as `[{ probability: 90%, mean: 5 ms }, ...]`"
        guard let items = reader.items("hyperexponential", wanted) else { return nil }
        var branches: [Distribution.Branch] = []
        for item in items {
            guard let branch = ObjectReader(.branch, item) else { continue }
            guard let probability = branch.probability("probability"),
                let mean = branch.seconds("mean")
            else { continue }
            branches.append(Distribution.Branch(probability: probability, mean: mean))
        }
        guard branches.count == items.count else { return nil }
        let sum = branches.reduce(0) { $0 + $1.probability }
        guard abs(sum - 1) <= 1e-9 else {
            reader.field.fail(
                "the probabilities add up to \((sum * 100).shortText)%",
                "change them so that they add up to 100%")
            return nil
        }
        return .hyperexponential(branches: branches)
    }

    private func empirical(_ field: Field, _ reader: ObjectReader) -> Distribution.Shape? {
        guard field.isSequence else {
            return companions.shape(field) { empiricalFile($0, $1, field.log) }
        }
        let items = reader.items("empirical", "a list of times, or the path of a file") ?? []
        let values = items.compactMap { $0.seconds(isPositive: false) }
        guard !values.isEmpty, values.count == items.count else { return nil }
        return .empirical(values: values)
    }

    private func empiricalFile(
        _ name: String, _ text: String, _ log: DiagnosticLog
    ) -> Distribution.Shape? {
        let units = ["seconds": 1.0, "s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9]
        var perSecond = 1.0
        let rows = NumberTable(file: name, log: log).rows(
            of: text, columns: 1, header: "`seconds`, `ms`, `us` or `ns`"
        ) { header in
            guard let unit = units[header] else { return false }
            perSecond = unit
            return true
        }
        guard let rows else { return nil }
        let values = rows.map { $0.values[0] / perSecond }
        for (row, value) in zip(rows, values) where value > Quantity.longestSeconds {
            log.add(
                TopologyDiagnostic(
                    file: name, line: row.line, message: "the time is too long",
                    remedy: "write at most 10000 hours"))
        }
        return .empirical(values: values)
    }
}

extension Double {
    /// With at most three decimals and no trailing zeros, for messages.
    var shortText: String {
        let rounded = (self * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() && magnitude < 1e15
            ? String(Int(rounded)) : String(rounded)
    }

    /// The natural logarithm of a value >= 1 by exact operations only, so that it is the same on
    /// every host: x = 2^k m, ln m = 2 artanh((m - 1) / (m + 1)) by its series.
    var exactLogarithm: Double {
        let mantissa = significand
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        var sum = 0.0
        // |ratio| <= 1/3, so the terms left out are below 3^-59.
        for power in stride(from: 57, through: 1, by: -2) { sum = sum * square + 1 / Double(power) }
        return Double(exponent) * 0.693_147_180_559_945_3 + 2 * ratio * sum
    }
}
