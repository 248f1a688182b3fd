import Kernel
import Model

// The texts of `series.csv` and `edges.csv`.

extension RunSeries {
    static let serviceHeader =
        "time_s,service,arrived,succeeded,rejected,failed,shed,expired,unavailable,errors,conflicts,"
        + "cancelled,requests,waiting,ready,mean_requests,compute_s,pause_s,throttled_s,kills,"
        + "cache_hits,cache_misses,replicas,replica_s,crashes,"
        + "latency_p50_s,latency_p90_s,latency_p99_s"
    static let edgeHeader =
        "time_s,from,to,calls,call_successes,call_failures,attempts,retries,hedges,successes,timeouts,"
        + "failures,late_answers,refused,trips,latency_p50_s,latency_p90_s,latency_p99_s"

    /// Rows that are written with nothing in them, so that every interval of every service has its
    /// row; in larger systems only intervals in which something happened have one.
    private static let mostEmptyRows = 200_000

    /// The text of `series.csv`: by interval, then by service.
    package var servicesCSV: String {
        let columns = serviceNames.indices.map { samples(ofService: $0) }
        let isSparse = count * columns.count > Self.mostEmptyRows
        return table(header: Self.serviceHeader) { number, instant, text in
            let length = (instant - end(of: number - 1)).seconds
            for (service, samples) in columns.enumerated() {
                let sample = samples[number - 1]
                if isSparse, sample.area == 0, sample.arrived == 0 { continue }
                text += exactSeconds(instant)
                text += ","
                text += serviceNames[service]
                append(
                    [
                        sample.arrived, sample.succeeded, sample.rejected, sample.failed,
                        sample.shed, sample.expired, sample.unavailable, sample.errors,
                        sample.conflicts, sample.cancelled, sample.requests, sample.waiting,
                        sample.readyReplicas,
                    ], to: &text)
                let mean = length > 0 ? Double(sample.area) / 1e9 / length : 0
                text += ",\(mean)"
                for time in [sample.computeTime, sample.pauseTime, sample.throttledTime] {
                    text += ",\(Double(time) / 1e9)"
                }
                append(
                    [sample.kills, sample.cacheHits, sample.cacheMisses, sample.replicas],
                    to: &text)
                text += ",\(Double(sample.replicaTime) / 1e9)"
                append([sample.crashes], to: &text)
                append(sample.latency, to: &text)
                text += "\n"
            }
        }
    }

    /// The text of `edges.csv`: by interval, then by edge, users first.
    package var edgesCSV: String {
        let columns = edges.map { samples(of: $0) }
        let isSparse = count * columns.count > Self.mostEmptyRows
        return table(header: Self.edgeHeader) { number, instant, text in
            for (edge, samples) in zip(edges, columns) {
                let sample = samples[number - 1]
                if isSparse, sample.requests == 0, sample.successes == 0, sample.failures == 0 {
                    continue
                }
                text += exactSeconds(instant)
                text += ","
                text += edge.from
                text += ","
                text += edge.to
                append(
                    [
                        sample.calls, sample.callSuccesses, sample.callFailures, sample.requests,
                        sample.retries, sample.hedges, sample.successes, sample.timeouts,
                        sample.failures, sample.lateAnswers, sample.refused, sample.trips,
                    ], to: &text)
                append(sample.latency, to: &text)
                text += "\n"
            }
        }
    }

    private func table(
        header: String, _ rows: (Int, SimulatedInstant, inout String) -> Void
    ) -> String {
        var text = header + "\n"
        guard count > 0 else { return text }
        for number in 1...count { rows(number, end(of: number), &text) }
        return text
    }

    /// Empty where nothing succeeded.
    private func append(_ latency: LatencyQuantiles, to text: inout String) {
        for value in [latency.p50, latency.p90, latency.p99] {
            text += ","
            if value > 0 { text += String(value) }
        }
    }

    private func append(_ values: [UInt32], to text: inout String) {
        for value in values {
            text += ","
            text += String(value)
        }
    }
}
