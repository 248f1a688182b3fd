import Coordination
import Kernel
import Model
import Testing

struct PlacementTests {
    @Test("every way of placing covers each service once and splits no co-located set")
    func everyPlacementCoversEachServiceOnce() {
        for seed in 0..<200 as Range<UInt64> {
            let model = RandomModel(seed: seed).model
            let count = model.services.count
            for placement in [.service, .inProcess] + (1...14).map({ Placement.packed($0) }) {
                let groups = placement.groups(of: model)
                #expect(groups == placement.groups(of: model))
                #expect(groups.allSatisfy { !$0.isEmpty && $0 == $0.sorted() })
                #expect(
                    groups.flatMap { $0 }.sorted() == (0..<count).map { ServiceID($0) },
                    "seed \(seed), \(placement)")
                for set in model.colocated {
                    #expect(groups.contains { Set($0).isSuperset(of: set) })
                }
            }
        }
    }

    @Test("packing gives as many workers as asked for, or as there are sets to place")
    func packingGivesAsManyWorkersAsAskedFor() {
        let model = ReferenceModels.r85
        for count in [1, 2, 3, 4, 8, 16, 85] {
            #expect(Placement.packed(count).groups(of: model).count == count)
        }
        #expect(Placement.packed(200).groups(of: model).count == 85)
        #expect(Placement.packed(0).groups(of: model).count == 1)
        #expect(Placement.packed(-3).groups(of: model).count == 1)
    }

    @Test("packed workers have about equal load", arguments: [2, 3, 4, 8])
    func packedWorkersHaveAboutEqualLoad(count: Int) throws {
        let model = ReferenceModels.r85
        var run = SequentialRun(
            model, settings: RunSettings(seed: 1, duration: .milliseconds(500)))
        run.run(before: run.settings.end)
        let events = run.outcome().processes.map { Double($0.eventCount) }
        let loads = Placement.packed(count).groups(of: model).map { group in
            group.reduce(0) { $0 + events[$1.index] }
        }
        let mean = loads.reduce(0, +) / Double(count)
        // The root and each child of it cannot be divided.
        let largest = events.max() ?? 0
        #expect(loads.allSatisfy { $0 <= mean + largest })
        #expect(loads.allSatisfy { $0 >= mean - largest })
    }

    @Test("levels go down a chain, a tree and a diamond, one call at a time")
    func levelsGoDownTheCallGraph() {
        #expect(levels(4, [(0, 1), (1, 2), (2, 3)]) == [0, 1, 2, 3])
        #expect(levels(5, [(0, 1), (0, 2), (1, 3), (1, 4)]) == [0, 1, 1, 2, 2])
        // A short cut does not shorten the longest way.
        #expect(levels(4, [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]) == [0, 1, 1, 2])
        #expect(levels(3, []) == [0, 0, 0])
    }

    @Test("calls that close a cycle do not count for levels")
    func callsThatCloseACycleDoNotCount() {
        #expect(levels(3, [(0, 1), (1, 2), (2, 0)]) == [0, 1, 2])
        #expect(levels(2, [(0, 0), (0, 1), (1, 1), (1, 0)]) == [0, 1])
    }

    @Test("a worker's level is that of the first service it runs")
    func aWorkerHasTheLevelOfItsFirstService() {
        let model = chain(4, [(0, 1), (1, 2), (2, 3)])
        let plan = RunPlan(
            model, settings: RunSettings(seed: 1, duration: .seconds(1)),
            groups: [[ServiceID(0), ServiceID(1)], [ServiceID(2), ServiceID(3)]])
        #expect(plan.workers.map(\.level) == [0, 2])
        // Requests one way, answers the other; what stays inside a worker has no channel.
        #expect(plan.channels.map(\.source) == [1, 0])
        #expect(plan.channels.map(\.destination) == [0, 1])
    }

    @Test("a thousand workers finish with adaptive windows", .timeLimit(.minutes(1)))
    func aThousandWorkersFinish() throws {
        var model = ReferenceModels.tree(
            name: "wide", depth: 4, fanOut: 10, cores: 4, threads: 8, rate: 400)
        model.services.removeLast(111)
        #expect(model.services.count == 1000)
        let removed = 1000
        for index in model.services.indices {
            model.services[index].endpoints[0].steps = model.services[index].endpoints[0].steps
                .compactMap { step in
                    guard case .oneOf(let choices) = step else { return step }
                    let left = choices.filter { $0.call.target.index < removed }
                    return left.isEmpty ? nil : .oneOf(left)
                }
        }
        let settings = RunSettings(seed: 3, duration: .milliseconds(500))
        var run = SequentialRun(model, settings: settings)
        run.run(before: settings.end)
        let plan = RunPlan(
            model, settings: settings, groups: Placement.service.groups(of: model))
        var transport = InMemoryTransport(
            CoordinatorMachine(
                workers: plan.workers, channels: plan.channels, settings: settings,
                synchronisation: .optimistic(window: nil)),
            seed: 5)
        let outcome = try transport.run()
        #expect(outcome.digest == run.outcome().digest)
        #expect(outcome.violations.isEmpty)
    }

    // MARK: Models of nothing but calls

    private func levels(_ count: Int, _ calls: [(Int, Int)]) -> [Int] {
        let model = chain(count, calls)
        return RunPlan(
            model, settings: RunSettings(seed: 1, duration: .seconds(1)),
            groups: Placement.service.groups(of: model)
        ).workers.map(\.level)
    }

    private func chain(_ count: Int, _ calls: [(Int, Int)]) -> ModelDescription {
        let latency = Distribution(.deterministic(value: 0.001))
        var services = (0..<count).map { index in
            ServiceDescription(
                name: "s\(index)",
                endpoints: [
                    EndpointDescription(
                        name: "main",
                        steps: [
                            .call(
                                calls.filter { $0.0 == index }.map {
                                    CallDescription(
                                        target: ServiceID($0.1), requestLatency: latency,
                                        responseLatency: latency, probability: 0.5)
                                })
                        ])
                ])
        }
        services[0].arrivals = [
            ArrivalDescription(
                name: "users", process: .poisson, profile: RateProfile(constant: 1))
        ]
        return ModelDescription(name: "calls", services: services)
    }
}
