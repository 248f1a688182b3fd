import Kernel
import Model

/// The names of all services and endpoints, known before anything that refers to them is read.
struct ServiceDirectory {
    let names: [String]
    private let idOfName: [String: Int]
    private let endpointNames: [[String]]
    private let indexOfEndpoint: [[String: Int]]

    init(_ services: [(name: String, value: Field)]) {
        names = services.map(\.name)
        idOfName = Dictionary(
            services.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        endpointNames = services.map { Self.endpointNames(of: $0.value) }
        indexOfEndpoint = endpointNames.map { known in
            Dictionary(
                known.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private static func endpointNames(of service: Field) -> [String] {
        guard case .mapping(let entries) = service.node.content,
            let endpoints = entries.first(where: { $0.key == "endpoints" }),
            case .mapping(let named) = endpoints.value.content
        else { return [TopologyFormat.endpointName] }
        return named.map(\.key)
    }

    /// The service that `field` names; logs and answers nil when there is none.
    func service(_ field: Field) -> ServiceID? {
        guard let name = field.scalar(wanted: "the name of a service") else { return nil }
        return service(named: name, field)
    }

    private func service(named name: String, _ field: Field) -> ServiceID? {
        if let id = idOfName[name] { return ServiceID(id) }
        let hint =
            NearestName.nearest(to: name, among: names, log: field.log).map { "write `\($0)`, or " }
            ?? ""
        let list =
            names.count <= 12 ? "; the services are \(names.joined(separator: ", "))" : ""
        field.fail(
            "there is no service `\(Quantity.shortened(name))`",
            hint + "add it under `services`" + list)
        return nil
    }

    /// The service that is the key of `field`; logs and answers nil when there is none.
    func service(key name: String, _ field: Field) -> ServiceID? { service(named: name, field) }

    /// The index of an endpoint by its name alone; logs and answers nil when there is none.
    func endpoint(key name: String, of service: ServiceID, _ field: Field) -> Int? {
        endpoint(named: name, of: service, field)
    }

    /// How many endpoints a service has.
    func endpointCount(of service: ServiceID) -> Int { endpointNames[service.index].count }

    /// The endpoint that `field` names as `service` or `service.endpoint`.
    func endpoint(_ field: Field) -> (service: ServiceID, endpoint: Int)? {
        guard let text = field.scalar(wanted: "the name of a service") else { return nil }
        guard let dot = text.lastIndex(of: ".") else {
            guard let service = service(named: text, field) else { return nil }
            return defaultEndpoint(of: service, field).map { (service, $0) }
        }
        guard let service = service(named: String(text[..<dot]), field) else { return nil }
        let name = String(text[text.index(after: dot)...])
        return endpoint(named: name, of: service, field).map { (service, $0) }
    }

    /// The index of the endpoint called `name`; logs and answers nil when there is none.
    func endpoint(named name: String, of service: ServiceID, _ field: Field) -> Int? {
        let known = endpointNames[service.index]
        if let index = indexOfEndpoint[service.index][name] { return index }
        let nearest =
            NearestName.nearest(to: name, among: known, log: field.log) ?? known.first ?? ""
        field.fail(
            "service `\(names[service.index])` has no endpoint `\(Quantity.shortened(name))`",
            "write `\(nearest)`, or add the endpoint to the service; \(listing(known))")
        return nil
    }

    /// The only endpoint of a service, or the one called `default`.
    func defaultEndpoint(of service: ServiceID, _ field: Field) -> Int? {
        let known = endpointNames[service.index]
        if known.count == 1 { return 0 }
        if let index = indexOfEndpoint[service.index][TopologyFormat.endpointName] {
            return index
        }
        let name = names[service.index]
        field.fail(
            "service `\(name)` has several endpoints and none called `default`",
            "say which, such as `\(name).\(known.first ?? "")`; \(listing(known))")
        return nil
    }

    private func listing(_ known: [String]) -> String {
        let more = known.count > 12 ? ", ..." : ""
        return "it has \(known.prefix(12).joined(separator: ", "))\(more)"
    }
}
