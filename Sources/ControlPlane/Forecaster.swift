package import Kernel

/// Continues one series of readings into the future.
package struct Forecaster: Hashable, Sendable {
    private let description: ForecastDescription
    private var readings: [Reading] = []
    /// Of Holt and Winters; per second, and by place in the season.
    private var level = 0.0
    private var trend = 0.0
    private var season: [Double] = []
    private var count = 0

    private struct Reading: Hashable, Sendable {
        var instant: SimulatedInstant
        var value: Double
    }

    package init(_ description: ForecastDescription) { self.description = description }

    /// Takes a reading, later than all before, and says what is to be expected a horizon later (never
    /// less than nothing).
    package mutating func forecast(_ value: Double, at now: SimulatedInstant) -> Double {
        switch description.method {
        case .linear(let window):
            readings.removeAll { now - $0.instant > window }
            readings.append(Reading(instant: now, value: value))
            return max(0, line(at: now))
        case .holtWinters(let alpha, let beta, let gamma, let period):
            defer { readings = [Reading(instant: now, value: value)] }
            guard let last = readings.last else {
                level = value
                count = 1
                return max(0, value)
            }
            let step = (now - last.instant).seconds
            smooth(value, step: step, alpha, beta, gamma, period)
            count += 1
            let horizon = description.horizon.seconds
            return max(0, level + trend * horizon + seasonal(ahead: horizon, step, period))
        }
    }

    /// The value of the least-squares line through the readings, a horizon after `now`.
    private func line(at now: SimulatedInstant) -> Double {
        let count = Double(readings.count)
        let times = readings.map { -(now - $0.instant).seconds }
        let meanTime = times.reduce(0, +) / count
        let mean = readings.reduce(0) { $0 + $1.value } / count
        var covariance = 0.0
        var variance = 0.0
        for (time, reading) in zip(times, readings) {
            covariance += (time - meanTime) * (reading.value - mean)
            variance += (time - meanTime) * (time - meanTime)
        }
        let slope = variance > 0 ? covariance / variance : 0
        return mean + slope * (description.horizon.seconds - meanTime)
    }

    private mutating func smooth(
        _ value: Double, step: Double, _ alpha: Double, _ beta: Double, _ gamma: Double,
        _ period: SimulatedDuration?
    ) {
        let length = period.map { max(1, Int(($0.seconds / max(step, 1e-9)).rounded())) } ?? 0
        if season.count != length { season = Array(repeating: 0, count: length) }
        let place = length > 0 ? count % length : 0
        let usual = length > 0 ? season[place] : 0
        let before = level
        level = alpha * (value - usual) + (1 - alpha) * (level + trend * step)
        trend = beta * (level - before) / max(step, 1e-9) + (1 - beta) * trend
        if length > 0 { season[place] = gamma * (value - level) + (1 - gamma) * usual }
    }

    private func seasonal(ahead: Double, _ step: Double, _ period: SimulatedDuration?) -> Double {
        guard !season.isEmpty, step > 0 else { return 0 }
        // `count` is already that of the next reading.
        let steps = Int((ahead / step).rounded(.toNearestOrAwayFromZero))
        return season[(count - 1 + steps) % season.count]
    }
}
