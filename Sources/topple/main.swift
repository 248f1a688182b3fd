import Coordination
import Execution
import Kernel
import Model
import Processes

let arguments = CommandLine.arguments
let which = arguments.count > 1 ? arguments[1] : "r4"
let seconds = Int64(arguments.count > 2 ? arguments[2] : "60") ?? 60
let mode = arguments.count > 3 ? arguments[3] : "seq"
let windowMs = Int64(arguments.count > 4 ? arguments[4] : "0") ?? 0
let model = which == "r4" ? ReferenceModels.r4 : which == "r85" ? ReferenceModels.r85 : ReferenceModels.r4s
let settings = RunSettings(seed: 1, duration: .seconds(seconds))
let clock = ContinuousClock()
if mode == "seq" {
    var run = SequentialRun<ServiceProcess>(model, settings: settings)
    let t0 = clock.now
    run.run(before: .never)
    let wall = (clock.now - t0) / .seconds(1)
    let outcome = run.outcome()
    let events = outcome.statistics.eventsCommitted
    print(model.name, "seq events", events, "wall", wall, "M ev/s", Double(events) / wall / 1e6, "x", Double(seconds) / wall, outcome.digest, outcome.violations)
} else {
    let placement: Placement = mode == "service" || mode == "cons" ? .service : .packed(Int(mode) ?? 2)
    let plan = RunPlan(model, settings: settings, groups: placement.groups(of: model))
    let sync: Synchronisation = mode == "cons" ? .conservative : .optimistic(window: windowMs > 0 ? .milliseconds(windowMs) : nil)
    let run = DistributedRun(plan: plan, names: plan.workers.map { "\($0.services.map { model.services[$0.index].name })" }, settings: settings, synchronisation: sync, executable: try locateWorkerExecutable(), limit: .seconds(30))
    do {
        let outcome = try run.run(signals: nil, observe: { _ in }, record: { _ in })
        let wall = run.timing.wall / .seconds(1)
        let s = outcome.statistics
        print(model.name, mode, "events", s.eventsCommitted, "executed", Double(s.eventsExecuted) / Double(s.eventsCommitted), "wall", wall, "x", Double(seconds) / wall, outcome.digest, outcome.violations)
        print("  windows \(s.windows) sweeps \(s.sweeps) grants \(s.executions) messages \(s.messages) MB \(s.bytes / 1_000_000) start \(run.timing.start) waiting \(run.timing.waiting) transport \(run.timing.transport) compute \(Double(s.workerComputeTime) / 1e9)")
    } catch { print("FAILED", error) }
}
