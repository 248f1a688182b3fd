import Kernel
import Model
import RandomModels

/// A valid model drawn from a seed, and how long to run it: small, and full of what may go wrong.
struct RandomModel {
    var model: ModelDescription
    private(set) var duration: SimulatedDuration

    /// The busier, the more events a run has: a few thousand at 1.
    init(seed: UInt64, busyness: Double = 1) {
        var builder = Builder(random: RandomSource(seed: seed, purpose: 1))
        builder.draw(busyness: busyness)
        model = ModelDescription(
            name: "random \(seed)", services: builder.services, colocated: builder.colocated
        ).widened(
            by: RandomSource(seed: seed, purpose: 7), time: builder.serviceTime,
            duration: builder.duration.seconds)
        duration = builder.duration
    }
}

private struct Builder {
    var random: RandomSource
    var services: [ServiceDescription] = []
    var colocated: [[ServiceID]] = []
    var duration = SimulatedDuration.seconds(1)
    private var edges: [Edge] = []
    private(set) var serviceTime = 0.0

    private struct Edge {
        var source: Int
        var target: Int
        /// That it is called at all.
        var probability: Double
        var request: Distribution
        var response: Distribution
        /// How often one request makes the call.
        var copies = 1
    }

    init(random: RandomSource) { self.random = random }

    mutating func draw(busyness: Double) {
        let count = random.pick([1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12])
        duration = SimulatedDuration(seconds: random.magnitude(0.25, 8))
        drawEdges(among: count)
        drawColocation(among: count)
        tameCycles(among: count)
        let visits = expectedVisits(among: count)
        let visitsFromFirst = self.visits(from: 0, among: count)
        let events = random.magnitude(300, 8000) * busyness
        // The busiest core works between a twentieth of the time and four times as much as it can.
        let busiest = (visitsFromFirst.max() ?? 1) * events / (4 * max(visits[0], 1))
        serviceTime = random.magnitude(0.05, 4) * duration.seconds / busiest
        serviceTime = min(max(serviceTime, 1e-6), 0.2)
        for index in 0..<count { services.append(service(index, of: count)) }
        drawArrivals(visitsByOne: visits, events: events)
    }

    // MARK: Who calls whom

    private mutating func drawEdges(among count: Int) {
        let latency = random.magnitude(0.000_1, 0.02)
        let shape = random.index(below: 4)
        for target in 1..<max(count, 1) {
            switch shape {
            case 0: connect(target - 1, target, latency)
            case 1: connect(random.index(below: target), target, latency)
            case 2:
                // Diamonds and shared services.
                for source in max(0, target - 3)..<target where random.isTrue(0.6) {
                    connect(source, target, latency)
                }
            default:
                for source in 0..<target where random.isTrue(1.5 / Double(count)) {
                    connect(source, target, latency)
                }
            }
        }
        // Calls that close cycles, calls to oneself.
        for _ in 0..<random.pick([0, 0, 0, 1, 1, 2, 3]) {
            let source = random.index(below: count)
            connect(source, random.index(below: source + 1), latency, isBackward: true)
        }
        if !edges.isEmpty && random.isTrue(0.06) {
            edges[random.index(below: edges.count)].copies = random.int(8...50)
        }
    }

    private mutating func connect(
        _ source: Int, _ target: Int, _ latency: Double, isBackward: Bool = false
    ) {
        if edges.contains(where: { $0.source == source && $0.target == target }) { return }
        edges.append(
            Edge(
                source: source, target: target,
                probability: isBackward
                    ? random.double(0.05, 0.5)
                    : (random.isTrue(0.7) ? 1 : random.double(0.1, 0.95)),
                request: latencyDistribution(latency), response: latencyDistribution(latency),
                copies: !isBackward && random.isTrue(0.1) ? 2 : 1))
    }

    private mutating func latencyDistribution(_ scale: Double) -> Distribution {
        let offset = SimulatedDuration(seconds: scale * random.double(0.5, 1.5))
        switch random.index(below: 4) {
        case 0: return Distribution(.exponential(mean: scale * 0.5), offset: offset)
        case 1: return Distribution(.uniform(low: scale * 0.4, high: scale * 2))
        case 2:
            return Distribution(.lognormal(median: scale * 0.3, sigma: 0.8), offset: offset)
        // Round numbers, so that many things happen at one instant.
        default: return Distribution(.deterministic(value: max(scale, 0.001).rounded(to: 0.001)))
        }
    }

    /// Sometimes puts two services together, without latency between them.
    private mutating func drawColocation(among count: Int) {
        guard random.isTrue(0.2) else { return }
        let candidates = edges.indices.filter { edges[$0].source < edges[$0].target }
        guard !candidates.isEmpty else { return }
        let edge = edges[random.pick(candidates)]
        colocated = [[ServiceID(edge.source), ServiceID(edge.target)]]
        guard random.isTrue(0.7) else { return }
        let nothing = Distribution(.deterministic(value: 0))
        for index in edges.indices
        where edges[index].source == edge.source && edges[index].target == edge.target {
            edges[index].request = nothing
            edges[index].response = nothing
        }
    }

    /// Makes calls rarer until one request leads to a bounded number of others.
    private mutating func tameCycles(among count: Int) {
        for _ in 0..<40 {
            let most =
                (0..<count).map { root in
                    visits(from: root, among: count).reduce(0, +)
                }.max() ?? 0
            if most < 120 { return }
            for index in edges.indices {
                edges[index].copies = (edges[index].copies + 1) / 2
                edges[index].probability *= 0.8
            }
        }
    }

    /// By service: requests that one request at `root` leads to; large if they never end.
    private func visits(from root: Int, among count: Int) -> [Double] {
        var sum = [Double](repeating: 0, count: count)
        var wave = sum
        wave[root] = 1
        for _ in 0..<60 {
            var next = [Double](repeating: 0, count: count)
            for service in 0..<count { sum[service] += wave[service] }
            for edge in edges {
                next[edge.target] += wave[edge.source] * edge.probability * Double(edge.copies)
            }
            wave = next
        }
        return wave.reduce(0, +) > 1 ? sum.map { $0 + 1000 } : sum
    }

    private func expectedVisits(among count: Int) -> [Double] {
        (0..<count).map { visits(from: $0, among: count).reduce(0, +) }
    }

    // MARK: What a service does

    private mutating func service(_ index: Int, of count: Int) -> ServiceDescription {
        let isTight = random.isTrue(0.5)
        return ServiceDescription(
            name: "s\(index)", replicas: random.pick([1, 1, 1, 2, 3]),
            cores: isTight ? 1 : random.int(1...8),
            threads: isTight ? random.int(1...4) : (random.isTrue(0.5) ? nil : random.int(8...64)),
            holdsThreadDuringCalls: random.isTrue(0.6),
            queueLimit: random.isTrue(0.4) ? random.int(0...6) : nil,
            balancing: random.pick([.roundRobin, .random, .leastRequests]),
            endpoints: endpoints(of: index))
    }

    /// Two endpoints each: the second only computes, so that not every call goes on.
    private mutating func endpoints(of index: Int) -> [EndpointDescription] {
        var steps: [StepDescription] = []
        if random.isTrue(0.85) { steps.append(.compute(computeTime())) }
        let own = edges.filter { $0.source == index }
        var step: [CallDescription] = []
        var choice: [WeightedCall] = []
        for edge in own {
            for _ in 0..<edge.copies {
                let call = call(along: edge)
                if edge.copies == 1 && edge.probability == 1 && random.isTrue(0.2) {
                    choice.append(WeightedCall(weight: random.double(0.1, 3), call: call))
                } else {
                    step.append(call)
                }
            }
            if !step.isEmpty && random.isTrue(0.5) {
                steps.append(.call(step))
                step = []
                if random.isTrue(0.3) { steps.append(.compute(computeTime())) }
            }
        }
        if !step.isEmpty { steps.append(.call(step)) }
        if !choice.isEmpty { steps.append(.oneOf(choice)) }
        if random.isTrue(0.3) { steps.append(.compute(computeTime())) }
        return [
            EndpointDescription(name: "main", steps: steps),
            EndpointDescription(name: "leaf", steps: [.compute(computeTime())]),
        ]
    }

    private mutating func call(along edge: Edge) -> CallDescription {
        CallDescription(
            target: ServiceID(edge.target), endpoint: random.isTrue(0.8) ? 0 : 1,
            requestLatency: edge.request, responseLatency: edge.response, timeout: timeout(),
            probability: edge.probability, isOptional: random.isTrue(0.3))
    }

    private mutating func timeout() -> SimulatedDuration? {
        random.isTrue(0.35)
            ? SimulatedDuration(seconds: serviceTime * random.magnitude(0.5, 100)) : nil
    }

    private mutating func computeTime() -> Distribution {
        let mean = serviceTime * random.magnitude(0.5, 4)
        switch random.index(below: 5) {
        case 0: return Distribution(.deterministic(value: max(mean, 0.001).rounded(to: 0.001)))
        case 1: return Distribution(.uniform(low: 0, high: 2 * mean))
        case 2: return Distribution(.deterministic(value: 0))
        default: return Distribution(.exponential(mean: mean))
        }
    }

    // MARK: Users

    private mutating func drawArrivals(visitsByOne: [Double], events: Double) {
        var left = events
        let streams = random.pick([1, 1, 1, 2, 3])
        for number in 0..<streams {
            let index = number == 0 ? 0 : random.index(below: services.count)
            // A request is about four events: it comes, computes, calls, is answered.
            let share = number + 1 == streams ? left : left * 0.5
            let rate = share / (4 * visitsByOne[index] * duration.seconds)
            left -= share
            services[index].arrivals.append(
                ArrivalDescription(
                    name: "users \(number)", endpoint: random.isTrue(0.9) ? 0 : 1,
                    process: random.isTrue(0.7) ? .poisson : .constant,
                    profile: profile(rate: max(rate, 0.5 / duration.seconds)),
                    timeout: timeout()))
        }
    }

    private mutating func profile(rate: Double) -> RateProfile {
        let start = SimulatedInstant.start + SimulatedDuration(seconds: duration.seconds * 0.3)
        let end = SimulatedInstant.start + SimulatedDuration(seconds: duration.seconds * 0.5)
        switch random.index(below: 5) {
        case 0: return .spike(base: rate * 0.5, peak: rate * 3, from: start, until: end)
        // Nothing for a long stretch.
        case 1: return .spike(base: 0, peak: rate * 5, from: start, until: end)
        case 2: return .ramp(from: 0, to: rate * 2, between: .start, and: end)
        default: return RateProfile(constant: rate)
        }
    }
}

extension Double {
    fileprivate func rounded(to unit: Double) -> Double { (self / unit).rounded() * unit }
}
