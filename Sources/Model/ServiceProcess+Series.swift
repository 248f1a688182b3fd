import Kernel

/// Counters as they stood at the end of the interval before, for differences.
struct SeriesBase: Sendable {
    var counters = ServiceCounters()
    var edges: TrivialArray<EdgeCounters>

    init(edges count: Int) { edges = TrivialArray(repeating: EdgeCounters(), count: count) }

    mutating func prepareForChanges() { edges.prepareForChanges() }
}

extension ServiceProcess {
    /// Adds what happened since the last sample to the series, as interval `number`, which ends at
    /// `end`.
    mutating func sampleSeries(
        number: Int64, at end: SimulatedInstant, _ effects: inout Effects
    ) {
        counters.changeInSystem(by: 0, at: end)
        effects.serviceSamples.append(sample(process: effects.process, number: number))
        for index in edges.indices {
            if let sample = edgeSample(index, process: effects.process, number: number) {
                effects.edgeSamples.append(sample)
            }
        }
        sampled.counters = counters
        for index in edges.indices { sampled.edges[index] = edges[index] }
    }

    /// The difference to the last sample, with the present levels.
    func sample(process: UInt32, number: Int64) -> ServiceSample {
        var sample = ServiceSample(process: process, number: UInt32(clamping: number))
        sample.setDifference(counters, sampled.counters)
        sample.requests = UInt32(clamping: counters.inSystem)
        for index in replicas.indices {
            sample.waiting &+= UInt32(truncatingIfNeeded: replicas[index].waiting)
        }
        sample.readyReplicas = UInt32(clamping: readyReplicas)
        return sample
    }

    /// `nil` when nothing happened.
    func edgeSample(_ index: Int, process: UInt32, number: Int64) -> EdgeSample? {
        let (now, before) = (edges[index], sampled.edges[index])
        if now == before { return nil }
        var sample = EdgeSample(
            process: process, number: UInt32(clamping: number), edge: UInt32(index))
        sample.setDifference(now, before)
        return sample
    }

    var readyReplicas: Int {
        hosting.count == 0 ? replicas.count : hosting[0].readyCount
    }
}
