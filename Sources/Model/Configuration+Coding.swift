package import Kernel

// What a worker is told of its services, as bytes. Decoding checks everything that the compiled
// program relies on, so a hostile or corrupt welcome is refused and cannot crash a worker.

extension ServiceConfiguration: BinaryCodable {
    package static var leastEncodedSize: Int { 45 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(id.rawValue)
        writer.write(seed)
        description.encode(into: &writer)
        writer.writeAll(outgoing)
        writer.writeAll(incoming)
        writer.writeAll(peers)
        context.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        id = ServiceID(try reader.read(UInt32.self))
        seed = try reader.read()
        description = try ServiceDescription(from: &reader)
        outgoing = Array(try reader.readAll() as ContiguousArray<OutgoingEdge>)
        incoming = Array(try reader.readAll() as ContiguousArray<IncomingEdge>)
        peers = Array(try reader.readAll() as ContiguousArray<ServiceID>)
        context = try ServiceContext(from: &reader)
        guard isConsistent else {
            throw ByteError(.invalid("service configuration"), offset: reader.offset)
        }
        if let danglingName { throw ByteError(.invalid(danglingName), offset: reader.offset) }
    }

    private var isConsistent: Bool {
        let targets = outgoing.map(\.target)
        let sources = incoming.map(\.source)
        let known = Set(targets)
        let endpoints = description.endpoints.count
        return ([id] + peers).allSatisfy { $0.index < RequestIdentity.maximumServices }
            && peers == known.union(sources).sorted()
            && isAscending(targets) && isAscending(sources)
            && sources.count <= 1 << 16
            && description.endpoints.allSatisfy {
                $0.calls.allSatisfy { known.contains($0.target) }
            }
            && description.arrivals.count <= RequestIdentity.maximumStreams
            && description.arrivals.allSatisfy { $0.endpoint < endpoints }
    }

    private func isAscending(_ services: [ServiceID]) -> Bool {
        zip(services, services.dropFirst()).allSatisfy { $0 < $1 }
    }
}

extension OutgoingEdge: BinaryCodable {
    package static var leastEncodedSize: Int { 18 }

    package func encode(into writer: inout ByteWriter) {
        target.encode(into: &writer)
        writer.write(route)
        writer.write(UInt32(clamping: replicas))
        writer.write(UInt32(clamping: readyReplicas))
        writer.write(UInt32(clamping: keyspaces.count))
        for keyspace in keyspaces { writer.write(UInt16(clamping: keyspace ?? Self.none)) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let target = try ServiceID(from: &reader)
        let route: UInt16 = try reader.read()
        let replicas = Int(try reader.read(in: 1...UInt32(1_000_000)))
        let readyReplicas = Int(try reader.read(in: 0...UInt32(replicas)))
        var keyspaces: [Int?] = []
        for _ in 0..<(try reader.readCount(ofSize: 2)) {
            let keyspace = Int(try reader.read(UInt16.self))
            keyspaces.append(keyspace == Self.none ? nil : keyspace)
        }
        self.init(
            target: target, route: route, replicas: replicas, readyReplicas: readyReplicas,
            keyspaces: keyspaces)
        // What has no keyspaces has one form only.
        guard self.keyspaces.count == keyspaces.count else {
            throw ByteError(.invalid("keyspaces of a service"), offset: reader.offset)
        }
    }

    private static var none: Int { Int(UInt16.max) }
}

extension IncomingEdge: BinaryCodable {
    package static var leastEncodedSize: Int { 5 + Distribution.leastEncodedSize }

    package func encode(into writer: inout ByteWriter) {
        source.encode(into: &writer)
        responseLatency.encode(into: &writer)
        writer.write((cancels ? 1 : 0) | (choosesReplica ? 2 : 0) as UInt8)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        source = try ServiceID(from: &reader)
        responseLatency = try Distribution(from: &reader)
        let flags = try reader.read(in: 0...UInt8(3))
        cancels = flags & 1 != 0
        choosesReplica = flags & 2 != 0
    }
}

extension ServiceDescription: BinaryCodable {
    package static var leastEncodedSize: Int { 33 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.write(replicas)
        writer.write(cores)
        threads.encode(into: &writer)
        writer.write(holdsThreadDuringCalls)
        queueLimit.encode(into: &writer)
        writer.write(balancing.rawValue)
        writer.writeAll(endpoints)
        writer.writeAll(arrivals)
        writeExtras(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        name = try reader.readString()
        replicas = try reader.read()
        cores = try reader.read()
        threads = try Int?(from: &reader)
        holdsThreadDuringCalls = try reader.readBool()
        queueLimit = try Int?(from: &reader)
        guard let balancing = Balancing(rawValue: try reader.read()) else {
            throw ByteError(.invalid("balancing"), offset: reader.offset)
        }
        self.balancing = balancing
        endpoints = Array(try reader.readAll() as ContiguousArray<EndpointDescription>)
        arrivals = Array(try reader.readAll() as ContiguousArray<ArrivalDescription>)
        guard (1...1_000_000).contains(replicas), cores > 0, threads.map({ $0 > 0 }) ?? true,
            queueLimit.map({ $0 >= 0 }) ?? true, !endpoints.isEmpty,
            endpoints.count <= Int(UInt16.max)
        else { throw ByteError(.invalid("service"), offset: reader.offset) }
        try readExtras(from: &reader)
        if let inconsistency {
            throw ByteError(.invalid(inconsistency), offset: reader.offset)
        }
    }
}

extension EndpointDescription: BinaryCodable {
    package static var leastEncodedSize: Int { 8 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.writeAll(steps)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        name = try reader.readString()
        steps = try StepDescription.list(from: &reader, depth: 1)
    }
}

extension WeightedCall: BinaryCodable {
    package static var leastEncodedSize: Int { 8 + CallDescription.leastEncodedSize }

    package func encode(into writer: inout ByteWriter) {
        writer.write(weight)
        call.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        weight = try reader.readDouble()
        call = try CallDescription(from: &reader)
        guard weight > 0, weight.isFinite else {
            throw ByteError(.invalid("weight"), offset: reader.offset)
        }
    }
}

extension CallDescription: BinaryCodable {
    package static var leastEncodedSize: Int { 16 + 2 * Distribution.leastEncodedSize }

    package func encode(into writer: inout ByteWriter) {
        target.encode(into: &writer)
        writer.write(UInt16(clamping: endpoint))
        requestLatency.encode(into: &writer)
        responseLatency.encode(into: &writer)
        timeout.encode(into: &writer)
        writer.write(probability)
        writer.write((isOptional ? Self.optional : 0) | (isForgotten ? Self.forgotten : 0))
    }

    private static let optional: UInt8 = 1
    private static let forgotten: UInt8 = 2

    package init(from reader: inout ByteReader) throws(ByteError) {
        target = try ServiceID(from: &reader)
        endpoint = Int(try reader.read(UInt16.self))
        requestLatency = try Distribution(from: &reader)
        responseLatency = try Distribution(from: &reader)
        timeout = try SimulatedDuration?(from: &reader)
        probability = try reader.readDouble()
        let flags = try reader.read(UInt8.self)
        isOptional = flags & Self.optional != 0
        isForgotten = flags & Self.forgotten != 0
        guard flags <= Self.optional | Self.forgotten, probability >= 0, probability <= 1,
            timeout.map({ $0 > .zero }) ?? true
        else {
            throw ByteError(.invalid("call"), offset: reader.offset)
        }
    }
}

extension ArrivalDescription: BinaryCodable {
    package static var leastEncodedSize: Int { 8 + RateProfile.leastEncodedSize }

    package func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.write(UInt16(clamping: endpoint))
        writer.write(process.rawValue)
        profile.encode(into: &writer)
        timeout.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        name = try reader.readString()
        endpoint = Int(try reader.read(UInt16.self))
        guard let process = Process(rawValue: try reader.read()) else {
            throw ByteError(.invalid("arrival process"), offset: reader.offset)
        }
        self.process = process
        profile = try RateProfile(from: &reader)
        timeout = try Distribution?(from: &reader)
        guard timeout.map({ $0.mean > 0 }) ?? true else {
            throw ByteError(.invalid("arrivals"), offset: reader.offset)
        }
    }
}

extension PartitionRouting: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(routes.count))
        for routesOfProcess in routes {
            writer.write(UInt32(routesOfProcess.count))
            for route in routesOfProcess {
                switch route {
                case .local(let position): writer.write(Int32(position))
                case .outside(let channel): writer.write(~Int32(channel))
                }
            }
        }
        lookahead.encode(into: &writer)
        writer.write(UInt32(outgoingCount))
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        routes = []
        for _ in 0..<(try reader.readCount(ofSize: 4)) {
            var own: [Route] = []
            for _ in 0..<(try reader.readCount(ofSize: 4)) {
                let number = Int(try reader.read(Int32.self))
                own.append(number >= 0 ? .local(number) : .outside(~number))
            }
            routes.append(own)
        }
        lookahead = try SimulatedDuration?(from: &reader)
        outgoingCount = Int(try reader.read(UInt32.self))
        let processes = routes.count
        let isInRange = routes.joined().allSatisfy { route in
            switch route {
            case .local(let position): position < processes
            case .outside(let channel): channel < outgoingCount
            }
        }
        guard isInRange, lookahead.map({ $0 >= .zero }) ?? true,
            outgoingCount <= routes.reduce(0, { $0 + $1.count })
        else {
            throw ByteError(.invalid("routing"), offset: reader.offset)
        }
    }
}
