import Coordination
import Kernel
import Model
import RandomModels
import Testing
import Wire

/// Real messages, cut short or changed at random, given to a real receiver.
///
/// What matters is that nothing crashes or hangs: a change that still makes sense is accepted, as it
/// must be.
struct HostileMessageTests {
    private static var mutations: Int { EngineSimulationTests.isSlow ? 1500 : 40 }

    @Test("a coordinator survives changed messages of every type", arguments: 0..<6)
    func aCoordinatorSurvivesChangedMessages(seed: Int) throws {
        let seed = UInt64(seed)
        var random = RandomSource(seed: seed, purpose: 4)
        let simulation = Simulation(seed: seed, modes: 3, busyness: 0.3)
        var types: Set<UInt8> = []
        for mode in simulation.modes {
            var states: [(CoordinatorMachine, InMemoryTransport.Delivery)] = []
            var before = simulation.machine(mode)
            var transport = InMemoryTransport(before, seed: mode.transportSeed)
            var delivery: InMemoryTransport.Delivery?
            transport.observe = { delivery = $0.isToWorker ? nil : $0 }
            while transport.machine.phase != .finished {
                try transport.deliverOne()
                let isKept = random.isTrue(0.1) || before.phase != .running
                if let delivery, isKept { states.append((before, delivery)) }
                before = transport.machine
            }
            for (machine, delivery) in states.shuffled(using: &random).prefix(60) {
                types.insert(delivery.bytes[0])
                for _ in 0..<Self.mutations {
                    var copy = machine
                    let bytes = random.mutate(delivery.bytes)
                    do {
                        try bytes.withUnsafeBytes {
                            try copy.receive(from: delivery.worker, $0, at: 1)
                        }
                        if copy.phase == .finished { _ = copy.outcome().violations }
                    } catch {
                        #expect(error is WireError)
                    }
                }
                for length in delivery.bytes.indices.prefix(200) {
                    var copy = machine
                    #expect(throws: WireError.self) {
                        try delivery.bytes[..<length].withUnsafeBytes {
                            try copy.receive(from: delivery.worker, $0, at: 1)
                        }
                    }
                }
            }
        }
        #expect(types.isSuperset(of: [1, 2, 3, 4]))
    }

    @Test("a worker survives changed messages of every type", arguments: 0..<6)
    func aWorkerSurvivesChangedMessages(seed: Int) throws {
        let seed = UInt64(seed)
        var random = RandomSource(seed: seed, purpose: 5)
        let simulation = Simulation(seed: seed, modes: 3, busyness: 0.3)
        for mode in simulation.modes {
            let recorded = try record(simulation, mode)
            for messages in recorded.shuffled(using: &random).prefix(4) {
                // A worker cannot be copied, so each try replays the messages before.
                for _ in 0..<Self.mutations {
                    let last = random.index(below: min(messages.count, 12))
                    let bytes = random.mutate(messages[last])
                    // A changed model is read and compiled; running it proves nothing.
                    try play(messages[..<last], then: bytes)
                }
                for last in [0, min(3, messages.count - 1), messages.count - 1] {
                    let whole = messages[last]
                    for _ in 0..<10 {
                        let length = random.index(below: whole.count)
                        let worker = try play(messages[..<last])
                        #expect(throws: WireError.self) {
                            try worker.receive(Array(whole[..<length]))
                        }
                    }
                }
            }
        }
    }

    @Test("garbage is refused by whoever gets it")
    func garbageIsRefused() {
        var random = RandomSource(seed: 6)
        let simulation = Simulation(seed: 1)
        for _ in 0..<2000 {
            let garbage = (0..<random.int(0...80)).map { _ in
                random.isTrue(0.3) ? UInt8(random.int(0...20)) : UInt8(random.int(0...255))
            }
            var machine = simulation.machine(simulation.modes[0])
            #expect(throws: WireError.self) {
                try garbage.withUnsafeBytes { try machine.receive(from: 0, $0, at: 0) }
            }
            #expect(throws: WireError.self) { try SessionWorker().receive(garbage) }
        }
    }

    @Test("an answer to a user's request, which only a liar can send, crashes nothing")
    func anAnswerToAUserCrashesNothing() throws {
        var model = ReferenceModels.tree(
            name: "pair", depth: 2, fanOut: 1, cores: 1, threads: 1, rate: 50)
        model.services[0].arrivals[0].timeout = .constant(.seconds(5))
        let settings = RunSettings(seed: 1, duration: .seconds(1))
        let plan = RunPlan(
            model, settings: settings, groups: Placement.service.groups(of: model))
        let worker = SessionWorker()
        _ = try worker.receive(plan.workers[0].welcome())
        let user = RequestIdentity.make(service: ServiceID(0), stream: 0, number: 0)
        let lies = [
            Message(
                instant: .start + .milliseconds(900), call: CallIdentity.root(user),
                request: user, source: ServiceID(1), kind: .response)
        ]
        var writer = ByteWriter()
        GrantHeader(isNewWindow: true, start: .start, end: settings.end, slices: 0)
            .write(into: &writer)
        writer.write(UInt32(0))
        writer.write(UInt32(1))
        lies.withUnsafeBufferPointer { writer.writeChange(channel: 0, kept: 0, messages: $0) }
        #expect(try worker.receive(writer.bytes).first == MessageType.reply.rawValue)
        _ = try worker.receive([MessageType.finish.rawValue] + settings.end.encoded())
    }

    @Test("a message that its receiver cannot be sent is refused")
    func messagesThatCannotBeSentAreRefused() throws {
        let model = ReferenceModels.tree(
            name: "pair", depth: 2, fanOut: 1, cores: 1, threads: 1, rate: 50)
        let settings = RunSettings(seed: 1, duration: .seconds(1))
        let plan = RunPlan(
            model, settings: settings, groups: Placement.service.groups(of: model))
        let good = Message(
            instant: .start + .milliseconds(5), call: 77, request: 1, source: ServiceID(0),
            kind: .request)
        let refused: [(inout Message) -> Void] = [
            { $0.endpoint = 1 }, { $0.route = 1 }, { $0.origin |= 0x40 }, { $0.origin |= 0x80 },
            { $0.origin |= 0x21 }, { $0.origin |= 0x30 }, { $0.origin |= 0x18 },
            { $0.origin += 1 << 8 }, { $0.extra = 2 }, { $0.instant = .start },
        ]
        func give(_ message: Message) throws -> [UInt8] {
            let worker = SessionWorker()
            _ = try worker.receive(plan.workers[1].welcome())
            var writer = ByteWriter()
            GrantHeader(
                isNewWindow: true, start: .start + .milliseconds(1), end: settings.end, slices: 0
            ).write(into: &writer)
            for list in 0..<2 as Range<UInt32> {
                writer.write(list)
                guard list == 1 else { continue }
                [message].withUnsafeBufferPointer {
                    writer.writeChange(channel: 0, kept: 0, messages: $0)
                }
            }
            return try worker.receive(writer.bytes)
        }
        // As it is, from a retry, from a hedge, for a replica, and the cancellation of an unknown call.
        let accepted: [(inout Message) -> Void] = [
            { _ in }, { $0.origin |= 3 }, { $0.origin |= 15 }, { $0.extra = 1 },
            { $0.origin |= 0x20 },
        ]
        for change in accepted {
            var message = good
            change(&message)
            #expect(try give(message).first == MessageType.reply.rawValue)
        }
        for change in refused {
            var message = good
            change(&message)
            #expect(throws: WireError.self) { try give(message) }
        }
    }

    /// By worker: the messages it gets in a run.
    private func record(
        _ simulation: Simulation, _ mode: SimulationMode
    ) throws -> [[[UInt8]]] {
        let machine = simulation.machine(mode)
        var received = [[[UInt8]]](repeating: [], count: machine.workers.count)
        var transport = InMemoryTransport(machine, seed: mode.transportSeed)
        transport.observe = { delivery in
            if delivery.isToWorker { received[delivery.worker].append(delivery.bytes) }
        }
        _ = try transport.run()
        return received
    }

    @discardableResult
    private func play(
        _ messages: ArraySlice<[UInt8]>, then changed: [UInt8]? = nil
    ) throws -> SessionWorker {
        let worker = SessionWorker()
        for message in messages { _ = try worker.receive(message) }
        if let changed {
            do {
                _ = try worker.receive(changed)
            } catch {
                #expect(error is WireError)
            }
        }
        return worker
    }
}

extension RandomSource {
    /// Changes a few bits, bytes or lengths.
    mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<int(1...3) where !bytes.isEmpty {
            let place = isTrue(0.5) ? index(below: min(bytes.count, 64)) : index(below: bytes.count)
            switch index(below: 7) {
            case 0: bytes[place] ^= 1 << UInt8(index(below: 8))
            case 1: bytes[place] = pick([0, 1, 0x7F, 0x80, 0xFF])
            case 2: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + int(1...40)))
            case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 32)], at: place)
            case 5:
                for index in place..<min(bytes.count, place + 8) { bytes[index] = 0xFF }
            default:
                for index in place..<min(bytes.count, place + 4) {
                    bytes[index] = UInt8(truncatingIfNeeded: next())
                }
            }
        }
        return bytes
    }
}
