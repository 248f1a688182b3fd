/// Writes topologies of any size: a random call tree with some services shared between branches.
///
/// The same options give the same text on every machine. The text is a topology like any other: it
/// can be read, changed and kept.
package struct TopologyGenerator: Sendable {
    /// What to generate.
    package struct Options: Hashable, Sendable {
        /// 1...65,535.
        package var services = 100
        /// Most children of a service in the call tree, 1...1,000.
        package var fanOut = 3
        /// Most services on a path from the entry to a leaf of the tree, 1...1,000.
        package var depth = 8
        /// Arrivals per second at the entry, above 0, at most 1e9.
        package var rate = 1_000.0
        package var seed: UInt64 = 1
        /// Busy cores over all cores that every service is sized for, 0.01...0.99.
        package var targetUtilisation = 0.5
        /// That a service calls one more, deeper service that another one calls too, 0...1.
        package var sharedServiceProbability = 0.1

        package init() {}
    }

    /// Options that describe no topology.
    package struct OptionsError: Error, Hashable, Sendable, CustomStringConvertible {
        package var option: String
        package var message: String
        package var remedy: String
        package var description: String { "\(option): \(message)\n  fix: \(remedy)" }
    }

    private let options: Options

    /// - Throws: ``OptionsError`` when a value is out of range, or the tree has no room for the services.
    package init(_ options: Options) throws(OptionsError) {
        try Self.check("services", Double(options.services), in: 1...65_535)
        try Self.check("fan-out", Double(options.fanOut), in: 1...1_000)
        try Self.check("depth", Double(options.depth), in: 1...1_000)
        try Self.check("rate", options.rate, in: 1e-6...1e9)
        try Self.check("target utilisation", options.targetUtilisation, in: 0.01...0.99)
        try Self.check("shared-service probability", options.sharedServiceProbability, in: 0...1)
        let room = Self.room(fanOut: options.fanOut, depth: options.depth)
        guard room >= options.services else {
            throw OptionsError(
                option: "services",
                message: "a tree of depth \(options.depth) and fan-out \(options.fanOut) has room "
                    + "for \(room) services, not for \(options.services)",
                remedy: "give more depth or fan-out, or fewer services")
        }
        self.options = options
    }

    private static func check(
        _ option: String, _ value: Double, in range: ClosedRange<Double>
    ) throws(OptionsError) {
        guard !range.contains(value) else { return }
        throw OptionsError(
            option: option, message: "\(value.shortText) is out of range",
            remedy:
                "give a value from \(range.lowerBound.shortText) to \(range.upperBound.shortText)"
        )
    }

    /// Services in a full tree, counted no further than needed.
    private static func room(fanOut: Int, depth: Int) -> Int {
        var (level, sum) = (1, 1)
        for _ in 1..<max(depth, 1) where sum < 100_000 {
            level *= fanOut
            sum += level
        }
        return sum
    }

    /// The topology as YAML text. Linear in the number of services.
    package func text() -> String {
        var random = SplitMix64(state: options.seed)
        let tree = RandomTree(options, &random)
        let plans = sized(tree.plans)
        var lines = header(tree)
        lines.append("services:")
        for (index, plan) in plans.enumerated() { lines += self.lines(of: plan, index) }
        lines += [
            "arrivals:", "  users:", "    to: \(name(0))", "    process: poisson",
            "    rate: \(options.rate.plainText) req/s", "",
        ]
        return lines.joined(separator: "\n")
    }

    private func header(_ tree: RandomTree) -> [String] {
        [
            "# A random call tree of \(options.services) services: what to look for is how fast it runs, and",
            "# whether every placement gives the same digest. Made by: topple generate "
                + "--services \(options.services) --fan-out \(options.fanOut)",
            "# --depth \(options.depth) --seed \(options.seed) --rate \"\(options.rate.plainText) req/s\" "
                + "(utilisation up to \((options.targetUtilisation * 100).shortText)%, "
                + "\(tree.sharedCalls) calls to shared services)",
            "name: generated-\(options.services)", "duration: 1 min",
            "network: { latency: 0.5 ms }",
        ]
    }

    private func name(_ index: Int) -> String {
        let digits = String(index + 1)
        let width = String(options.services).count
        return "s" + String(repeating: "0", count: width - digits.count) + digits
    }

    private func lines(of plan: ServicePlan, _ index: Int) -> [String] {
        var lines = ["  \(name(index)):"]
        if plan.replicas > 1 { lines.append("    replicas: \(plan.replicas)") }
        lines.append("    cores: \(plan.cores) core\(plan.cores == 1 ? "" : "s")")
        lines.append("    steps:")
        lines.append("      - compute: { exponential: \(plan.meanMicroseconds) us }")
        let names = plan.children.map(name)
        if !names.isEmpty {
            switch plan.style {
            case .sequence: lines += names.map { "      - call: \($0)" }
            case .parallel: lines.append("      - parallel: [\(names.joined(separator: ", "))]")
            case .choice: lines.append("      - choose: [\(names.joined(separator: ", "))]")
            }
        }
        if let shared = plan.shared {
            lines.append("      - call: { service: \(name(shared)), probability: 20% }")
        }
        return lines
    }
}

// MARK: - Sizes

extension TopologyGenerator {
    /// How the children of a service are called.
    fileprivate enum CallStyle { case sequence, parallel, choice }

    fileprivate struct ServicePlan {
        var level: Int
        var children: [Int] = []
        var shared: Int?
        var style = CallStyle.choice
        var meanMicroseconds: Int
        var replicas = 1
        var cores = 1
    }

    /// Longest mean compute time, for services that few requests reach.
    private static let longestMean = 50_000.0
    private static let coresPerReplica = 8

    /// Gives each service enough cores for its share of the load, and then fits its compute time.
    private func sized(_ plans: [ServicePlan]) -> [ServicePlan] {
        var plans = plans
        for (index, rate) in rates(plans).enumerated() {
            let mean = Double(plans[index].meanMicroseconds)
            let wanted = (rate * mean / 1e6 / options.targetUtilisation).rounded(.up)
            let cores = Int(min(max(1, wanted), 500_000))
            let replicas = (cores + Self.coresPerReplica - 1) / Self.coresPerReplica
            plans[index].replicas = replicas
            plans[index].cores = (cores + replicas - 1) / replicas
            let all = Double(plans[index].replicas * plans[index].cores)
            let fitting = options.targetUtilisation * all / max(rate, 1e-9) * 1e6
            plans[index].meanMicroseconds = Int(max(1, min(fitting, Self.longestMean)))
        }
        return plans
    }

    /// Requests per second at each service; children come after their parents.
    private func rates(_ plans: [ServicePlan]) -> [Double] {
        var rates = [Double](repeating: 0, count: plans.count)
        rates[0] = options.rate
        for index in plans.indices.sorted(by: {
            (plans[$0].level, $0) < (plans[$1].level, $1)
        }) {
            let plan = plans[index]
            let share =
                plan.style == .choice ? 1 / Double(max(1, plan.children.count)) : 1
            for child in plan.children { rates[child] += rates[index] * share }
            if let shared = plan.shared { rates[shared] += rates[index] * 0.2 }
        }
        return rates
    }
}

/// The calls between services, drawn at random.
private struct RandomTree {
    private(set) var plans: [TopologyGenerator.ServicePlan] = []
    private(set) var sharedCalls = 0

    init(_ options: TopologyGenerator.Options, _ random: inout SplitMix64) {
        // Services that can still take a child.
        var open: [Int] = []
        for index in 0..<options.services {
            var level = 0
            if index > 0 {
                let position = random.below(open.count)
                let parent = open[position]
                level = plans[parent].level + 1
                plans[parent].children.append(index)
                if plans[parent].children.count == options.fanOut {
                    open.swapAt(position, open.count - 1)
                    open.removeLast()
                }
            }
            let mean = 1_000 + random.below(19_001)
            plans.append(.init(level: level, meanMicroseconds: mean))
            if level < options.depth - 1 { open.append(index) }
        }
        for index in plans.indices { draw(index, options, &random) }
    }

    private mutating func draw(
        _ index: Int, _ options: TopologyGenerator.Options, _ random: inout SplitMix64
    ) {
        // Most services choose, or a single request would visit all of them.
        switch random.below(10) {
        case 0: plans[index].style = .sequence
        case 1: plans[index].style = .parallel
        default: plans[index].style = .choice
        }
        guard random.unit() < options.sharedServiceProbability else { return }
        // A deeper one, so that there is no cycle. A few tries keep this linear.
        for _ in 0..<8 {
            let other = random.below(plans.count)
            if plans[other].level > plans[index].level, !plans[index].children.contains(other) {
                plans[index].shared = other
                sharedCalls += 1
                return
            }
        }
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014). Only for generating.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0..<bound, by the high half of a product.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension Double {
    /// As a plain decimal where that is exact and short.
    fileprivate var plainText: String {
        self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self)
    }
}
