import Kernel

/// Counters as they stood at the end of the interval before, for differences.
struct SeriesBase: Sendable {
    var counters = ServiceCounters()
    var edges: TrivialArray<EdgeCounters>
    /// Of the interval that goes on.
    var number: UInt32 = 1

    init(edges count: Int) { edges = TrivialArray(repeating: EdgeCounters(), count: count) }

    mutating func prepareForChanges() { edges.prepareForChanges() }
}

extension ServiceProcess {
    /// Adds what happened since the last sample to the series, as an interval that ends at `end`.
    mutating func sampleSeries(at end: SimulatedInstant, _ effects: inout Effects) {
        counters.changeInSystem(by: 0, at: end)
        noteStandstills(in: &counters, at: end)
        counters.replicaTime = replicaTime(at: end)
        var sample = sample(of: counters, process: effects.process)
        sample.latencyMark = UInt32(truncatingIfNeeded: effects.latencies.count)
        effects.serviceSamples.append(sample)
        for index in edges.indices {
            if let sample = edgeSample(index, process: effects.process) {
                effects.edgeSamples.append(sample)
            }
        }
        sampled.counters = counters
        for index in edges.indices { sampled.edges[index] = edges[index] }
    }

    /// The difference to the last sample, with the present levels.
    func sample(of counters: ServiceCounters, process: UInt32) -> ServiceSample {
        var sample = ServiceSample(process: process, number: sampled.number)
        sample.setDifference(counters, sampled.counters)
        sample.requests = UInt32(clamping: counters.inSystem)
        for index in replicas.indices {
            sample.waiting &+= UInt32(truncatingIfNeeded: replicas[index].waiting)
        }
        if hosting.count > 0 {
            sample.waiting &+= UInt32(truncatingIfNeeded: hosting[0].buffered)
        }
        sample.readyReplicas = UInt32(clamping: readyReplicas)
        sample.replicas = UInt32(clamping: presentReplicas)
        return sample
    }

    /// How long CPU limits and collectors have held the replicas up until `now`, all together.
    func noteStandstills(in counters: inout ServiceCounters, at now: SimulatedInstant) {
        guard hosting.count > 0 else { return }
        var usage = Pacer.Usage()
        for pacer in hosting[0].pacers.elements {
            let own = pacer.usage(at: now)
            usage.throttledTime &+= own.throttledTime
            usage.pausedTime &+= own.pausedTime
        }
        counters.throttledTime = usage.throttledTime
        counters.pauseTime = usage.pausedTime
    }

    /// `nil` when nothing happened.
    func edgeSample(_ index: Int, process: UInt32) -> EdgeSample? {
        let (now, before) = (edges[index], sampled.edges[index])
        if now == before { return nil }
        var sample = EdgeSample(
            process: process, number: sampled.number, edge: UInt32(index))
        sample.setDifference(now, before)
        return sample
    }

    var presentReplicas: Int {
        hosting.count == 0 ? replicas.count : hosting[0].presence.count
    }

    var readyReplicas: Int {
        hosting.count == 0 ? replicas.count : hosting[0].readyCount
    }
}
