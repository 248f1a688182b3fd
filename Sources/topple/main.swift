import Kernel
import Model
func bench(_ model: ModelDescription, _ seconds: Int64) {
    let layout = SystemLayout(model, seed: 1)
    let plan = layout.plan(for: model.services.indices.map { ServiceID($0) })
    let programs = layout.services.map { ServiceProgram($0, checkpointInterval: .seconds(10)) }
    var partition = Partition<ServiceProcess>(programs: programs, routing: plan.routing)
    let clock = ContinuousClock()
    let t0 = clock.now
    var histogram = LatencyHistogram()
    var t = SimulatedInstant.start
    let end = t + .seconds(seconds)
    while t < end {
        t = min(end, t + .milliseconds(200))
        partition.run(before: t)
        for sample in partition.effects.latencies { histogram.record(sample.latency) }
        partition.effects.removeAll()
    }
    let wall = (clock.now - t0) / .seconds(1)
    let events = partition.eventCount
    print(model.name, "events", events, "wall", wall, "M ev/s", Double(events) / wall / 1e6, "x", Double(seconds) / wall, StreamDigest.combine(partition.processes.map(\.digest)))
}
for _ in 0..<2 {
bench(ReferenceModels.r4, 600)
bench(ReferenceModels.r85, 60)
bench(ReferenceModels.r4s, 600)
}
