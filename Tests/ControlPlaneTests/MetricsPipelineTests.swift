import Autoscalers
import ControlPlane
import Kernel
import Model
import Testing

@Suite("What the metrics pipeline answers")
struct MetricsPipelineTests {
    /// A reading with so many requests arrived.
    private static func arrived(_ count: UInt64) -> ServiceObservation {
        var seen = ServiceObservation()
        seen.arrived = count
        return seen
    }

    private static func pod(
        _ replica: Int, coreSeconds: Double, taken: UInt64 = 0, incarnation: UInt32 = 0,
        started: SimulatedInstant = .start
    ) -> ReplicaObservation {
        var pod = ReplicaObservation.running(replica, requests: 3)
        pod.coreTime = UInt64((coreSeconds * 1e9).rounded())
        pod.taken = taken
        pod.waiting = 1
        pod.memory = 5e6
        pod.incarnation = incarnation
        pod.history.containerStarted = started
        // One that was not ready from the start of the run on.
        pod.history.readinessChanged = started
        return pod
    }

    private static func pods(_ pods: ReplicaObservation...) -> ServiceObservation {
        var seen = ServiceObservation()
        seen.replicas = pods
        return seen
    }

    /// Readings each 15 s from 0 s on; squares, so that each interval has another rate.
    private static func squares(_ pipeline: PipelineDescription) -> ServiceMetrics {
        var metrics = ServiceMetrics(pipeline)
        for number in 0...10 {
            metrics.add(
                arrived(UInt64(number * number * 15)), at: .at(Double(number) * 15))
        }
        return metrics
    }

    @Test("A rate is the growth over the window, between two readings")
    func rate() {
        let metrics = Self.squares(PipelineDescription())
        // 10² - 6² = 64 times 15 in 60 s; fresh: 10² - 9² = 19 times 15 in 15 s.
        #expect(metrics.rate(at: .at(150)) { $0.arrived } == 16)
        #expect(metrics.freshRate(at: .at(150)) { $0.arrived } == 19)
        #expect(metrics.rate(at: .at(164.9)) { $0.arrived } == 16)
    }

    @Test("Until there is a window's worth of readings, a rate is over what there is; one is none")
    func firstReadings() {
        var metrics = ServiceMetrics(PipelineDescription())
        #expect(metrics.latest(at: .at(100)) == nil)
        metrics.add(Self.arrived(0), at: .at(0))
        #expect(metrics.rate(at: .at(10)) { $0.arrived } == nil)
        #expect(metrics.freshRate(at: .at(10)) { $0.arrived } == nil)
        metrics.add(Self.arrived(30), at: .at(15))
        #expect(metrics.rate(at: .at(15)) { $0.arrived } == 2)
        metrics.add(Self.arrived(90), at: .at(30))
        #expect(metrics.rate(at: .at(30)) { $0.arrived } == 3)
        #expect(metrics.freshRate(at: .at(30)) { $0.arrived } == 4)
    }

    @Test("What was read less than the delay ago cannot be seen")
    func delay() {
        var pipeline = PipelineDescription()
        pipeline.delay = .seconds(20)
        let metrics = Self.squares(pipeline)
        // At 154.9 s the reading of 120 s is the latest, at 155 s that of 135 s.
        #expect(metrics.latest(at: .at(154.9))?.arrived == 64 * 15)
        #expect(metrics.latest(at: .at(155))?.arrived == 81 * 15)
        #expect(metrics.freshRate(at: .at(155)) { $0.arrived } == 17)
        #expect(metrics.rate(at: .at(155)) { $0.arrived } == 14)
    }

    @Test("Readings older than window, delay and scrape are forgotten without changing an answer")
    func forgetting() {
        var pipeline = PipelineDescription()
        pipeline.delay = .seconds(40)
        var metrics = ServiceMetrics(pipeline)
        for number in 0...1_000 {
            metrics.add(Self.arrived(UInt64(number * number * 15)), at: .at(Double(number) * 15))
            guard number >= 10 else { continue }
            // The reading of 45 s ago is the latest; the one 60 s before it is the other.
            let latest = Double(number - 3)
            #expect(
                metrics.rate(at: .at(Double(number) * 15)) { $0.arrived }
                    == (latest * latest - (latest - 4) * (latest - 4)) / 4)
        }
    }

    @Test("A pod's CPU is what it used between the last two readings, its requests over the window")
    func podSamples() throws {
        var metrics = ServiceMetrics(PipelineDescription())
        for number in 0...6 {
            metrics.add(
                Self.pods(
                    Self.pod(0, coreSeconds: Double(number * number), taken: UInt64(60 * number))),
                at: .at(Double(number) * 15))
        }
        let pod = try #require(metrics.pods(at: .at(95)).first)
        #expect(pod.timestamp == .at(90) && pod.window == .seconds(15))
        #expect(pod.cpu == (36.0 - 25) / 15)
        #expect(pod.requestRate == 4)
        #expect(pod.inFlight == 3 && pod.queue == 1 && pod.memory == 5e6)
    }

    @Test("A pod that was not in both of the last readings has no sample")
    func newPods() {
        var metrics = ServiceMetrics(PipelineDescription())
        metrics.add(Self.pods(Self.pod(0, coreSeconds: 1)), at: .at(15))
        metrics.add(
            Self.pods(Self.pod(0, coreSeconds: 2), Self.pod(1, coreSeconds: 1)), at: .at(30))
        #expect(metrics.pods(at: .at(30)).map(\.replica) == [0])
        metrics.add(
            Self.pods(Self.pod(0, coreSeconds: 3), Self.pod(1, coreSeconds: 4)), at: .at(45))
        #expect(metrics.pods(at: .at(45)).map(\.replica) == [0, 1])
        #expect(metrics.pods(at: .at(45))[1].cpu == 0.2)
    }

    @Test("A pod whose container is another than in the reading before has no sample")
    func restartedContainers() {
        var metrics = ServiceMetrics(PipelineDescription())
        metrics.add(Self.pods(Self.pod(0, coreSeconds: 10)), at: .at(15))
        metrics.add(Self.pods(Self.pod(0, coreSeconds: 11, incarnation: 1)), at: .at(30))
        #expect(metrics.pods(at: .at(30)).isEmpty)
        metrics.add(
            Self.pods(Self.pod(0, coreSeconds: 14, taken: 30, incarnation: 1)), at: .at(45))
        #expect(metrics.pods(at: .at(45)).map(\.cpu) == [0.2])
        // Of its requests too only those since its start count.
        #expect(metrics.pods(at: .at(45)).map(\.requestRate) == [2])
    }

    @Test("A pod without a container has no sample")
    func withoutContainer() {
        var metrics = ServiceMetrics(PipelineDescription())
        let pending = Self.pod(0, coreSeconds: 0, started: .never)
        metrics.add(Self.pods(pending), at: .at(15))
        metrics.add(Self.pods(Self.pod(0, coreSeconds: 1, started: .at(20))), at: .at(30))
        #expect(metrics.pods(at: .at(30)).isEmpty)
    }

    @Test("A pod whose part of one of the two readings was lost has no sample")
    func lostReadings() {
        var metrics = ServiceMetrics(PipelineDescription())
        for number in 0...3 {
            metrics.add(
                Self.pods(
                    Self.pod(0, coreSeconds: Double(number)),
                    Self.pod(1, coreSeconds: Double(number))),
                at: .at(Double(number) * 15), lost: number == 2 ? [1] : [])
            let expected = number == 0 ? [] : number == 1 ? [0, 1] : [0]
            #expect(metrics.pods(at: .at(Double(number) * 15)).map(\.replica) == expected)
        }
    }

    @Test("A container that starts burns CPU, as much as of its start lies between the readings")
    func startUpLoad() throws {
        var startUp = StartUpLoad()
        startUp.cpu = 2
        startUp.time = .seconds(20)
        var metrics = ServiceMetrics(PipelineDescription(), startUp: startUp)
        // Started at 10 s, so it burns until 30 s.
        let started = SimulatedInstant.at(10)
        for (number, used) in [0.0, 1, 4, 4].enumerated() {
            metrics.add(
                Self.pods(Self.pod(0, coreSeconds: used, started: started)),
                at: .at(Double(number + 1) * 15))
            guard number > 0 else { continue }
            let burnt = number == 1 ? 15.0 * 2 : 0
            let own = [0.0, 1, 3, 0][number]
            #expect(
                metrics.pods(at: .at(Double(number + 1) * 15)).map(\.cpu) == [(own + burnt) / 15])
        }
        // From 10 s to 15 s before the first, half of it within 45 s to 60 s.
        var late = ServiceMetrics(PipelineDescription(), startUp: startUp)
        let pod = Self.pod(0, coreSeconds: 0, started: .at(32))
        late.add(Self.pods(Self.pod(0, coreSeconds: 0, started: .at(32))), at: .at(45))
        late.add(Self.pods(pod), at: .at(60))
        #expect(late.pods(at: .at(60)).map(\.cpu) == [7.0 * 2 / 15])
    }

    @Test("Latency quantiles lie on straight lines within buckets, as Prometheus reckons them")
    func quantiles() {
        func buckets(_ counts: [Int: UInt64]) -> ServiceObservation {
            var seen = ServiceObservation()
            seen.latencyBuckets = (0...LatencyBuckets.bounds.count).map { counts[$0] ?? 0 }
            return seen
        }
        var metrics = ServiceMetrics(PipelineDescription())
        metrics.add(buckets([2: 100]), at: .at(0))
        #expect(metrics.latencyQuantile(0.5, at: .at(0)) == nil)
        metrics.add(buckets([2: 100]), at: .at(15))
        #expect(metrics.latencyQuantile(0.5, at: .at(15)) == nil)
        // In the window: 40 up to 5 ms, 40 in 25 ms...50 ms, 20 above 10 s.
        metrics.add(buckets([0: 40, 2: 100, 3: 40, 11: 20]), at: .at(30))
        func isNear(_ quantile: Double, _ seconds: Double) -> Bool {
            metrics.latencyQuantile(quantile, at: .at(30)).map { abs($0 - seconds) < 1e-12 }
                ?? false
        }
        #expect(isNear(0.1, 0.001_25))
        #expect(isNear(0.4, 0.005))
        #expect(isNear(0.5, 0.031_25))
        #expect(isNear(0.8, 0.05))
        #expect(isNear(0.95, 10))
    }

    @Test("Concurrency is the mean of the readings in the window")
    func concurrency() {
        var metrics = ServiceMetrics(PipelineDescription())
        for (number, inside) in [100, 2, 4, 6, 8].enumerated() {
            var seen = ServiceObservation()
            seen.inSystem = UInt64(inside)
            metrics.add(seen, at: .at(Double(number) * 15))
        }
        #expect(metrics.concurrency(at: .at(60), window: .seconds(60)) == 5)
        #expect(metrics.concurrency(at: .at(60), window: .seconds(15)) == 8)
    }

    @Test("That a pod's reading is lost is drawn for each pod and reading, from the seed")
    func lossIsDrawn() throws {
        func samples(_ probability: Double, seed: UInt64) throws -> [Int] {
            var plan = ScalingPlan.external([.scaled("a", replicas: 10)])
            plan.pipeline.lossProbability = probability
            var world = World(plan, seed: seed)
            world.wanted = ["a": 10]
            var counts: [Int] = []
            while world.now < .at(600) {
                let step = world.plane.nextInstant
                guard case .question(let question) = world.plane.act(at: step, seeing: world.seen)
                else { continue }
                counts.append(question.services[0].sampledPods)
                _ = try world.plane.answer(PolicyAnswer(replicas: []))
                if step >= .at(600) { break }
            }
            return counts
        }
        #expect(try samples(0, seed: 1).allSatisfy { $0 == 10 || $0 == 0 })
        #expect(try samples(1, seed: 1).allSatisfy { $0 == 0 })
        let some = try samples(0.3, seed: 1)
        // A sample needs two readings: 0.7² of ten pods.
        let late = some.dropFirst(15)
        let mean = Double(late.reduce(0, +)) / Double(late.count)
        #expect(abs(mean - 4.9) < 0.8)
        #expect(try some == samples(0.3, seed: 1))
        #expect(try some != samples(0.3, seed: 2))
    }
}
