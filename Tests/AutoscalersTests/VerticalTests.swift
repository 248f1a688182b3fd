import Autoscalers
import Kernel
import Testing

/// The comments of Kubernetes' recommender and updater, and what they follow from.
@Suite("Kubernetes' VerticalPodAutoscaler: recommender")
struct VerticalRecommenderTests {
    /// A history of one pod that uses so much, with a sample a minute.
    private static func recommendation(
        minutes: Int, cpu: (Int) -> Double, memory: (Int) -> Double = { _ in 1e8 },
        _ settings: VerticalSettings = VerticalSettings(), _ spec: VerticalSpec = VerticalSpec()
    ) -> VerticalRecommendation? {
        var recommender = VerticalRecommender(settings)
        for minute in 0..<minutes {
            recommender.add(
                VerticalSample(
                    pod: 0, created: .start, instant: .start + .seconds(60 * Int64(minute + 1)),
                    cpu: cpu(minute), memory: memory(minute)))
        }
        return recommender.recommendation(spec)
    }

    @Test("Without a sample there is none")
    func nothing() { #expect(Self.recommendation(minutes: 0) { _ in 1 } == nil) }

    @Test(
        "The target is what is used nearly always, rounded up to its bucket of 5 %, and 15 % more",
        arguments: [0.1, 0.5, 1.0, 7.3, 90])
    func target(use: Double) throws {
        let made = try #require(Self.recommendation(minutes: 1_000) { _ in use })
        #expect(Double(made.target.cpu) > use * 1_150 - 2)
        // A bucket is as wide as the first, and a twentieth of what lies below it.
        #expect(Double(made.target.cpu) <= (use * 1.05 + 0.01) * 1_150 + 1)
        #expect(made.uncapped == made.target)
    }

    @Test("Of use that varies the target is the 90th percentile, the bounds the 50th and the 95th")
    func percentiles() throws {
        var settings = VerticalSettings()
        settings.margin = 0
        settings.confidenceInterval = .milliseconds(1)
        settings.cpuHalfLife = .seconds(1_000_000_000)
        let made = try #require(
            Self.recommendation(
                minutes: 10_000, cpu: { Double($0 * 7_919 % 10_000) / 1_000 }, settings))
        for (amount, expected) in [(made.target, 9.0), (made.lower, 5), (made.upper, 9.5)] {
            #expect((expected * 1_000...expected * 1_055 + 10).contains(Double(amount.cpu)))
        }
    }

    @Test(
        "With little history the bounds are far, as the source says",
        arguments: [
            (minutes: 6, lower: 0.6, upper: 289.0), (31, 0.92, 49), (61, 0.95, 25),
            (721, 0.995, 3), (1_441, 0.998, 2), (10_081, 1, 1.14),
        ])
    func confidence(minutes: Int, lower: Double, upper: Double) throws {
        // A sample more than minutes of history.
        let made = try #require(Self.recommendation(minutes: minutes) { _ in 1 })
        let use = Double(made.target.cpu)
        #expect((Double(made.lower.cpu) / use - lower).magnitude < 0.02)
        #expect((Double(made.upper.cpu) / use / upper - 1).magnitude < 0.01)
    }

    @Test("One sample bounds nothing")
    func oneSample() throws {
        let made = try #require(Self.recommendation(minutes: 1) { _ in 1 })
        #expect(made.lower == VerticalSettings().least)
        #expect(made.upper.cpu == 100_000_000_000_000)
    }

    @Test("What was used long ago is forgotten by halves, across any time")
    func decay() throws {
        var settings = VerticalSettings()
        settings.cpuHalfLife = .seconds(600)
        // An hour of much is followed by little: after 34 minutes it is less than a tenth of the weight.
        for (minutes, isHigh) in [(92, true), (96, false), (10_000, false)] {
            let made = try #require(
                Self.recommendation(minutes: minutes, cpu: { $0 < 60 ? 2 : 0.2 }, settings))
            #expect((made.target.cpu > 2_000) == isHigh, "\(minutes)")
        }
    }

    @Test("A pod's memory counts once in an interval, by its peak")
    func memory() throws {
        var settings = VerticalSettings()
        settings.memoryInterval = .seconds(3_600)
        settings.margin = 0
        let steady = try #require(
            Self.recommendation(
                minutes: 6_000, cpu: { _ in 1 }, memory: { $0 % 60 == 30 ? 2e9 : 5e8 }, settings))
        #expect((2_000_000_000...2_110_000_000).contains(steady.target.memory))
        // Without a peak in most hours it is what the others say.
        let rare = try #require(
            Self.recommendation(
                minutes: 6_000, cpu: { _ in 1 }, memory: { $0 % 1_200 == 30 ? 2e9 : 5e8 }, settings)
        )
        #expect((500_000_000...536_000_000).contains(rare.target.memory))
    }

    @Test("There is a least, and the spec's bounds hold for the target and for its bounds")
    func bounds() throws {
        let idle = try #require(Self.recommendation(minutes: 100) { _ in 0 })
        #expect(idle.target == PodResources(cpu: 25, memory: 250 << 20))
        var spec = VerticalSpec()
        (spec.leastCPU, spec.mostCPU) = (500, 700)
        let low = try #require(Self.recommendation(minutes: 100, cpu: { _ in 0.1 }, .init(), spec))
        #expect(low.target.cpu == 500 && low.lower.cpu == 500 && low.uncapped.cpu < 200)
        let high = try #require(Self.recommendation(minutes: 100, cpu: { _ in 9 }, .init(), spec))
        #expect(high.target.cpu == 700 && high.upper.cpu == 700 && high.uncapped.cpu > 9_000)
    }

    @Test("A sample that is seen again is not counted again, one of another pod is")
    func duplicates() {
        let sample = VerticalSample(
            pod: 0, created: .start, instant: .start + .seconds(60), cpu: 1, memory: 1)
        var one = VerticalRecommender(VerticalSettings())
        one.add(sample)
        var other = one
        other.add(sample)
        #expect(one == other)
        var successor = sample
        successor.created = .start + .seconds(1)
        other.add(successor)
        #expect(one != other)
    }
}

@Suite("Kubernetes' VerticalPodAutoscaler: updater")
struct VerticalUpdaterTests {
    private static let recommendation = VerticalRecommendation(
        target: PodResources(cpu: 1_000), lower: PodResources(cpu: 800),
        upper: PodResources(cpu: 1_500), uncapped: PodResources(cpu: 1_000))
    private static let now = SimulatedInstant.start + .seconds(100_000)

    private static func pod(
        _ name: Int, cpu: Int64 = 500, isPending: Bool = false, age: Int64 = 3_600,
        _ resize: VerticalPod.Resize = .none
    ) -> VerticalPod {
        VerticalPod(
            name: name, isPending: isPending, requests: PodResources(cpu: cpu),
            started: now - .seconds(age), resize: resize)
    }

    private static func pass(
        _ mode: VerticalSpec.UpdateMode, _ pods: [VerticalPod], configured: Int? = nil,
        _ change: (inout VerticalSpec, inout VerticalSettings) -> Void = { _, _ in },
        accepts: (VerticalPod) -> Bool = { _ in true }
    ) -> VerticalUpdater.Actions {
        var (spec, settings) = (VerticalSpec(), VerticalSettings())
        spec.updateMode = mode
        spec.controlsMemory = false
        change(&spec, &settings)
        return VerticalUpdater.pass(
            spec, settings, recommendation, pods: pods, configured: configured ?? pods.count,
            now: now, accepts: accepts)
    }

    @Test(
        "Of four pods two may be away at a time; in place as when evicted",
        arguments: [true, false])
    func tolerance(inPlace: Bool) {
        let pods = (0..<4).map { Self.pod($0) }
        let actions = Self.pass(inPlace ? .inPlaceOrRecreate : .recreate, pods)
        #expect(actions.resized == (inPlace ? [0, 1] : []))
        #expect(actions.evicted == (inPlace ? [] : [0, 1]))
        // One that is missing already is one of them.
        let three = Self.pass(
            inPlace ? .inPlaceOrRecreate : .recreate, Array(pods.prefix(3)), configured: 4)
        #expect(three.resized.count + three.evicted.count == 1)
    }

    @Test("Off and Initial change no pod", arguments: [VerticalSpec.UpdateMode.off, .initial])
    func passive(mode: VerticalSpec.UpdateMode) {
        #expect(Self.pass(mode, [Self.pod(0), Self.pod(1)]) == .init())
    }

    @Test("A single pod is left alone, unless resizes are free")
    func minReplicas() {
        #expect(Self.pass(.recreate, [Self.pod(0)]) == .init())
        #expect(Self.pass(.inPlaceOrRecreate, [Self.pod(0)]) == .init())
        let one = Self.pass(.recreate, [Self.pod(0)]) { spec, _ in spec.minReplicas = 1 }
        #expect(one.evicted == [0])
        let free = Self.pass(.inPlaceOrRecreate, [Self.pod(0)]) { _, settings in
            settings.skipsDisruptionBudget = true
        }
        #expect(free.resized == [0])
    }

    @Test("Within the bounds only old pods are changed, and only by a tenth or more")
    func withinBounds() {
        func isChanged(_ cpu: Int64, _ age: Int64) -> Bool {
            !Self.pass(.recreate, [Self.pod(0, cpu: cpu, age: age), Self.pod(1, cpu: 1_000)])
                .evicted.isEmpty
        }
        #expect(isChanged(799, 0) && isChanged(1_501, 0))
        #expect(!isChanged(800, 43_199) && isChanged(800, 43_200))
        #expect(!isChanged(1_500, 43_199) && isChanged(1_500, 43_200))
        #expect(!isChanged(950, 90_000) && !isChanged(1_000, 90_000))
    }

    @Test("Pods that want to grow come first, then those that are off most")
    func order() {
        let pods = [
            Self.pod(0, cpu: 4_000), Self.pod(1, cpu: 700), Self.pod(2, cpu: 300),
            Self.pod(3, cpu: 300),
        ]
        #expect(Self.pass(.recreate, pods).evicted == [2, 3])
        #expect(Self.pass(.recreate, [pods[0], pods[1]]).evicted == [1])
    }

    @Test("A resize that waits is given up after five minutes, one that cannot be made at once")
    func givenUp() {
        func evicted(_ resize: VerticalPod.Resize) -> [Int] {
            let others = (1..<4).map { Self.pod($0, cpu: 1_000) }
            return Self.pass(.inPlaceOrRecreate, [Self.pod(0, resize)] + others).evicted
        }
        #expect(evicted(.deferred(since: Self.now - .seconds(300))).isEmpty)
        #expect(evicted(.deferred(since: Self.now - .milliseconds(300_001))) == [0])
        #expect(evicted(.infeasible) == [0])
    }

    @Test("Pods whose container has not begun are evicted at once, and not resized")
    func pending() {
        let pods = [Self.pod(0, isPending: true), Self.pod(1, cpu: 1_000), Self.pod(2, cpu: 1_000)]
        #expect(Self.pass(.recreate, pods).evicted == [0])
        #expect(Self.pass(.inPlaceOrRecreate, pods) == .init())
    }

    @Test("A resize that the API server refuses becomes an eviction")
    func refused() {
        let actions = Self.pass(
            .inPlaceOrRecreate, (0..<4).map { Self.pod($0) }, accepts: { $0.name != 0 })
        #expect(actions.resized == [1, 2] && actions.evicted.isEmpty)
        let all = Self.pass(
            .inPlaceOrRecreate, (0..<4).map { Self.pod($0) }, accepts: { _ in false })
        #expect(all.resized.isEmpty && all.evicted == [0, 1])
    }
}
