import ControlPlane
import Kernel
import Model

// Policies of a topology's own.
extension ScalingReading {
    func policy(_ field: Field, _ directory: ServiceDirectory) -> PolicyKind? {
        guard let reader = ObjectReader(.scalingPolicy, field), let (name, value) = reader.chosen
        else { return nil }
        switch name {
        case "builtIn":
            return reader.choice("builtIn").flatMap { name in
                ScalingPolicies.builtIn.first { $0.name == name }?.kind
            }
        case "coordinated": return coordination(value, directory).map { .coordinated($0) }
        case "forecast": return forecast(value).map { .forecast($0) }
        default:
            return ObjectReader(.oracle, value)?.duration("lead").map { .oracle(lead: $0) }
        }
    }

    private func coordination(
        _ field: Field, _ directory: ServiceDirectory
    ) -> CoordinationDescription? {
        guard let reader = ObjectReader(.coordination, field) else { return nil }
        var coordination = CoordinationDescription()
        coordination.isCappedByCallers = reader.boolean("cappedByCallers") ?? true
        coordination.respectsFixed = reader.boolean("respectsFixed") ?? true
        coordination.hasFeedback = reader.boolean("feedback") ?? true
        coordination.criticalPathFirst = reader.boolean("criticalPathFirst") ?? false
        coordination.hopDelay = reader.duration("hopDelay") ?? .zero
        coordination.stabilisation = reader.duration("stabilisation") ?? .seconds(300)
        coordination.forecast = reader["forecast"].flatMap(forecast)
        if let graph = reader["graph"].flatMap({ graph($0, directory) }) {
            coordination.graph = graph
        }
        return coordination
    }

    private func graph(_ field: Field, _ directory: ServiceDirectory) -> GraphSource? {
        guard let reader = ObjectReader(.graph, field), let (name, value) = reader.chosen else {
            return nil
        }
        if name == "learned" {
            guard let learned = ObjectReader(.learnedGraph, value),
                let window = learned.duration("window"), let lag = learned.duration("lag")
            else { return nil }
            return .learned(window: window, lag: lag)
        }
        var calls = [[ExpectedCall]](repeating: [], count: directory.names.count)
        let wanted = "called services by name, such as `b: 2`"
        for (caller, field) in reader.named("calls", wanted) ?? [] {
            guard let from = directory.service(key: caller, field) else { continue }
            let range = 0...TopologyFormat.mostServices
            for (callee, count) in field.namedEntries(wanted, count: range) ?? [] {
                guard let to = directory.service(key: callee, count),
                    let number = count.number(0...1_000, excludesLowerBound: false)
                else { continue }
                calls[from.index].append(ExpectedCall(target: to.index, count: number))
            }
            calls[from.index].sort { $0.target < $1.target }
        }
        return .given(calls)
    }

    private func forecast(_ field: Field) -> ForecastDescription? {
        guard let reader = ObjectReader(.forecast, field), let (name, value) = reader.chosen,
            let horizon = reader.duration("horizon")
        else { return nil }
        if name == "linear" {
            guard let window = ObjectReader(.linearForecast, value)?.duration("window") else {
                return nil
            }
            return ForecastDescription(method: .linear(window: window), horizon: horizon)
        }
        guard let smoothing = ObjectReader(.holtWinters, value),
            let level = smoothing.ratio("level"), let trend = smoothing.ratio("trend"),
            let season = smoothing.ratio("season")
        else { return nil }
        return ForecastDescription(
            method: .holtWinters(
                level: level, trend: trend, season: season,
                period: smoothing.has("period") ? smoothing.duration("period") : nil),
            horizon: horizon)
    }
}
