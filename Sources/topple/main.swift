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
        for sample in partition.effects.latencies.elements { histogram.record(sample.latency) }
        partition.effects.removeAll()
    }
    let wall = (clock.now - t0) / .seconds(1)
    let events = partition.eventCount
    print(model.name, "events", events, "wall", wall, "M ev/s", Double(events) / wall / 1e6, "x", Double(seconds) / wall, StreamDigest.combine(partition.processes.elements.map(\.digest)))
}
let scale = Int64(CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "100") ?? 100
for _ in 0..<(scale == 100 ? 2 : 1) {
bench(ReferenceModels.r4, 6 * scale)
if scale == 100 {
bench(ReferenceModels.r85, 60)
bench(ReferenceModels.r4s, 600)
}
}
