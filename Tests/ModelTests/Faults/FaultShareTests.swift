import Kernel
import Model
import Testing

@Suite("Services' shares of faults") struct FaultShareTests {
    /// 0 calls 1 and 2, 1 calls 3; six replicas each.
    private static func model(_ effects: [FaultEffect]) -> ModelDescription {
        var model = ModelDescription(
            name: "model",
            services: [
                service([.call([callTo(1), callTo(2)])], replicas: 6),
                service([.maybe(probability: 0.5, [.call([callTo(3)])])], replicas: 6),
                service([compute(1)], replicas: 6), service([compute(1)], replicas: 6),
            ])
        model.faults = effects.map {
            FaultDescription(name: "fault", effect: $0, schedule: window(1, 2))
        }
        return model
    }

    private static func shares(_ effects: FaultEffect...) -> [[ServiceFault]] {
        let model = model(effects)
        return model.services.indices.map { ServiceFaults.share(of: ServiceID($0), in: model) }
    }

    private static func ids(_ numbers: Int...) -> [ServiceID] { numbers.map { ServiceID($0) } }

    @Test(
        "Selections name replicas: all, the first, a share of them, a zone, a list",
        arguments: [
            (.all, [0, 1, 2, 3, 4, 5, 6]), (.count(2), [0, 1]), (.count(9), [0, 1, 2, 3, 4, 5, 6]),
            (.share(0.5), [0, 1, 2, 3]), (.share(0.49), [0, 1, 2]), (.share(0.01), [0]),
            (.share(0), [0]), (.share(1), [0, 1, 2, 3, 4, 5, 6]), (.zone(1, of: 3), [1, 4]),
            (.zone(0, of: 3), [0, 3, 6]), (.zone(2, of: 9), [2]), (.zone(8, of: 9), []),
            (.list([5, 1, 5, 7]), [1, 5]), (.count(-1), []), (.share(.nan), [0]),
        ] as [(ReplicaSelection, [Int])])
    func selections(selection: ReplicaSelection, expected: [Int]) {
        #expect(selection.replicas(of: 7) == expected)
    }

    @Test("A fault of one service is its share alone, and keeps its number")
    func oneService() {
        let shares = Self.shares(
            .kill(ServiceID(1), .count(2)), .flush(ServiceID(2), cache: 1),
            .slow(ServiceID(1), .zone(1, of: 3), factor: 3))
        #expect(shares[0].isEmpty && shares[3].isEmpty)
        #expect(
            shares[1] == [
                fault(.kill([0, 1]), window(1, 2)),
                fault(.slow([1, 4], factor: 3), window(1, 2), number: 2),
            ])
        #expect(shares[2] == [fault(.flush(cache: 1), window(1, 2), number: 1)])
    }

    @Test("A zone that is gone hits its replicas in every service named")
    func zone() {
        let shares = Self.shares(.down(Self.ids(0, 2), .zone(2, of: 3)))
        #expect(shares.map { $0.map(\.effect) } == [[.down([2, 5])], [], [.down([2, 5])], []])
    }

    @Test("What happens to an edge happens to what each end sends to the other")
    func edges() {
        let added = Distribution(.deterministic(value: 0.1))
        let shares = Self.shares(
            .latency(from: ServiceID(0), to: ServiceID(1), added: added),
            .loss(from: ServiceID(3), to: ServiceID(1), probability: 0.2),
            .loss(from: ServiceID(0), to: ServiceID(3), probability: 0.2))
        #expect(shares[0].map(\.effect) == [.latency(to: Self.ids(1), added: added)])
        #expect(
            shares[1].map(\.effect) == [
                .latency(to: Self.ids(0), added: added), .loss(to: Self.ids(3), probability: 0.2),
            ])
        #expect(shares[2].isEmpty)
        #expect(shares[3].map(\.effect) == [.loss(to: Self.ids(1), probability: 0.2)])
    }

    @Test("A partition loses all messages across, and none within a side")
    func partition() {
        let shares = Self.shares(.partition(Self.ids(0, 3), Self.ids(1, 2)))
        let effects = shares.map { $0.map(\.effect) }
        #expect(
            effects == [
                [.loss(to: Self.ids(1, 2), probability: 1)],
                [.loss(to: Self.ids(0, 3), probability: 1)],
                [.loss(to: Self.ids(0), probability: 1)], [.loss(to: Self.ids(1), probability: 1)],
            ])
        #expect(Self.shares(.partition(Self.ids(0, 1), Self.ids(3)))[0].isEmpty)
    }

    @Test("Another policy is the caller's affair")
    func policy() {
        var policy = CallPolicy()
        policy.retry = RetryPolicy(attempts: 3)
        let shares = Self.shares(
            .policy(from: ServiceID(0), to: ServiceID(1), policy, timeout: .seconds(1)))
        #expect(
            shares.map { $0.map(\.effect) }
                == [[.policy(to: ServiceID(1), policy, timeout: .seconds(1))], [], [], []])
    }

    @Test("Only what one service can tell by itself may wait for a condition")
    func conditions() {
        func can(_ effect: FaultEffect) -> Bool {
            FaultDescription(name: "", effect: effect, schedule: window(0, nil)).canHaveCondition
        }
        let (one, other) = (ServiceID(0), ServiceID(1))
        #expect(can(.kill(one, .all)) && can(.slow(one, .all, factor: 2)) && can(.cores(one, 1)))
        #expect(can(.down([one], .all)) && can(.down([one, one], .all)))
        #expect(can(.policy(from: one, to: other, CallPolicy(), timeout: nil)))
        #expect(!can(.down([one, other], .all)))
        #expect(!can(.loss(from: one, to: other, probability: 1)))
        #expect(!can(.latency(from: one, to: other, added: Distribution(.exponential(mean: 1)))))
        #expect(!can(.partition([one], [other])))
    }

    private static var samples: [ServiceFault] {
        let condition = FaultCondition(metric: .readyReplicas, isAbove: false, bound: 2)
        var policy = CallPolicy()
        policy.retry = RetryPolicy(attempts: 3)
        let exponential = Distribution(.exponential(mean: 1))
        return [
            fault(.kill([0, 3]), window(1, nil)), fault(.restart([1]), window(1, 2), number: 1),
            fault(.down([0, 1, 2]), .random(wait: exponential, lasting: exponential), number: 2),
            fault(
                .slow([2], factor: 4),
                .condition(condition, holding: .seconds(1), lasting: nil), number: 3),
            fault(
                .errors([2], probability: 0.5),
                .condition(condition, holding: .zero, lasting: .seconds(9)), number: 999),
            fault(.latency(to: ids(0, 2), added: exponential), window(0, 1)),
            fault(.loss(to: ids(2), probability: 1), window(0, 1)),
            fault(.flush(cache: nil), window(0, nil)), fault(.flush(cache: 3), window(0, nil)),
            fault(.cores(0), window(0, nil)),
            fault(.policy(to: ServiceID(1), policy, timeout: nil), window(0, nil)),
            fault(.policy(to: ServiceID(1), policy, timeout: .seconds(2)), window(0, nil)),
        ]
    }

    @Test("Shares survive as bytes; bytes cut or changed anywhere are refused or harmless")
    func bytes() throws {
        for sample in Self.samples {
            let bytes = sample.encoded()
            #expect(try ServiceFault(decoding: bytes) == sample)
            for position in bytes.indices {
                #expect(throws: ByteError.self) {
                    try ServiceFault(decoding: Array(bytes.prefix(position)))
                }
                var changed = bytes
                changed[position] ^= 0xFF
                _ = try? ServiceFault(decoding: changed)
            }
        }
    }

    @Test(
        "Values that no model has are refused",
        arguments: [
            fault(.kill([]), window(1, 2)), fault(.kill([3, 3]), window(1, 2)),
            fault(.slow([0], factor: 0), window(1, 2)),
            fault(.slow([0], factor: .infinity), window(1, 2)),
            fault(.errors([0], probability: .nan), window(1, 2)),
            fault(.loss(to: [], probability: 1), window(1, 2)),
            fault(.loss(to: ids(1), probability: 1.5), window(1, 2)),
            fault(.cores(1), window(1, 2), number: 1_000),
            fault(.policy(to: ServiceID(1), CallPolicy(), timeout: .zero), window(1, 2)),
        ])
    func refused(sample: ServiceFault) {
        #expect(throws: ByteError.self) { try ServiceFault(decoding: sample.encoded()) }
    }

    @Test("A share suits a service that has what it names")
    func suits() {
        var described = service([compute(1)], replicas: 3)
        described.caches = []
        func suit(_ effect: ServiceFaultEffect) -> Bool {
            fault(effect, window(0, nil)).suits(
                described, peers: Self.ids(1, 2), targets: Self.ids(2))
        }
        #expect(suit(.kill([2])) && !suit(.kill([3])))
        #expect(suit(.flush(cache: nil)) && !suit(.flush(cache: 0)))
        #expect(suit(.loss(to: Self.ids(1), probability: 1)))
        #expect(!suit(.loss(to: Self.ids(1, 3), probability: 1)))
        #expect(suit(.policy(to: ServiceID(2), CallPolicy(), timeout: nil)))
        #expect(!suit(.policy(to: ServiceID(1), CallPolicy(), timeout: nil)))
    }
}
