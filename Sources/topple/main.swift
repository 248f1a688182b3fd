import Coordination
import Kernel
import Model

func bench(_ model: ModelDescription, _ seconds: Int64) {
    var run = SequentialRun<ServiceProcess>(model, settings: RunSettings(seed: 1, duration: .seconds(seconds)))
    let clock = ContinuousClock()
    let t0 = clock.now
    run.run(before: .never)
    let wall = (clock.now - t0) / .seconds(1)
    let outcome = run.outcome()
    let events = outcome.statistics.eventsCommitted
    print(model.name, "events", events, "wall", wall, "M ev/s", Double(events) / wall / 1e6, "x", Double(seconds) / wall, outcome.digest, outcome.violations)
}
for _ in 0..<2 {
bench(ReferenceModels.r4, 600)
bench(ReferenceModels.r85, 60)
bench(ReferenceModels.r4s, 600)
}
