import Foundation
import Kernel
import Model
import Testing
import Topology

@Suite("Committed files")
struct CommittedFilesTests {
    @Test("The schema is what the code says")
    func schemaIsFresh() throws {
        try Repository.expect("docs/topology.schema.json", toBe: TopologySchema.json())
        let data = Data(TopologySchema.json().utf8)
        let object = try JSONSerialization.jsonObject(with: data)
        #expect(object is [String: Any])
    }

    @Test("thousand.yaml is what the generator writes")
    func thousandIsFresh() throws {
        var options = TopologyGenerator.Options()
        options.services = 1_000
        options.fanOut = 3
        options.depth = 8
        options.seed = 7
        options.rate = 10_000
        try Repository.expect(
            "topologies/thousand.yaml", toBe: try TopologyGenerator(options).text())
    }

    @Test("tree85.yaml is what the tree writer writes")
    func treeIsFresh() throws {
        let text = UniformTree.text(
            depth: 4, fanOut: 4, cores: 160, rate: 12_800, name: "tree85")
        try Repository.expect("topologies/tree85.yaml", toBe: text)
    }

    @Test("Every topology parses, says what to look for, and is named after its file")
    func topologiesParse() throws {
        let paths = try Repository.topologies()
        #expect(paths.count >= 7)
        for path in paths {
            let file = try TopologyFile.load(path: path)
            #expect(file.text.hasPrefix("# "), "\(path)")
            let comment = file.text.components(separatedBy: "\nname:")[0]
            #expect(comment.contains("hat to look for"), "\(path)")
            #expect(path.hasSuffix("/\(file.name).yaml") || file.name == "generated-1000")
            #expect(file.topologyHash.count == 64)
            for (index, load) in LoadForecast(file.model).services.enumerated() {
                #expect(load.service.index == index)
                #expect(load.peakRate > 0, "\(path): \(file.model.services[index].name)")
            }
        }
    }

    @Test("The benchmarks have the load their comments promise")
    func benchmarkLoads() throws {
        let chain = try TopologyFile.load(path: Repository.path("topologies/chain4.yaml"))
        for load in LoadForecast(chain.model).services {
            #expect(abs(load.baseUtilisation - 0.8) < 1e-9)
        }
        let tree = try TopologyFile.load(path: Repository.path("topologies/tree85.yaml"))
        let loads = LoadForecast(tree.model).services
        #expect(loads.count == 85)
        #expect(abs(loads[0].baseUtilisation - 0.8) < 1e-9)
        #expect(abs(loads[84].baseRate - 200) < 1e-9)

        let spike = try TopologyFile.load(path: Repository.path("topologies/spike-abcd.yaml"))
        let last = LoadForecast(spike.model).services[3]
        #expect(last.baseUtilisation < 0.5)
        #expect(last.peakUtilisation > 1.2)
    }

    @Test("A cycle multiplies its arrivals by the geometric series")
    func cycleLoad() throws {
        let file = try TopologyFile.load(path: Repository.path("topologies/cyclic.yaml"))
        let visits = LoadForecast.visitsPerRequest(
            to: ServiceID(0), endpoint: 0, in: file.model)
        // crawl = 1 + 0.4 index, parse = crawl + 0.2 parse, index = 0.9 parse.
        let crawl = 1 / (1 - 0.4 * 0.9 / 0.8)
        #expect(abs(visits[0] - crawl) < 1e-9)
        #expect(abs(visits[1] - crawl / 0.8) < 1e-9)
        #expect(abs(visits[2] - 0.9 * crawl / 0.8) < 1e-9)
    }

    @Test("The documentation names every key and default of the schema")
    func documentationIsComplete() throws {
        let pages = ["", "/serving", "/calls", "/data", "/users", "/faults", "/scaling"]
        let text = try pages.map {
            try String(contentsOfFile: Repository.path("docs/topology\($0).md"), encoding: .utf8)
        }.joined()
        let data = Data(TopologySchema.json().utf8)
        let root = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let definitions = try #require(root["definitions"] as? [String: Any])
        for object in [root] + definitions.values.compactMap({ $0 as? [String: Any] }) {
            let properties = try #require(object["properties"] as? [String: Any])
            for key in properties.keys {
                let isNamed = ["`\(key)`", "`\(key):", "{ \(key):", ", \(key):"].contains {
                    text.contains($0)
                }
                #expect(isNamed, "docs/topology says nothing of \(key)")
            }
        }
    }

    @Test(
        "The examples of the documentation's pages are read without an unknown key",
        arguments: ["calls", "data", "faults", "scaling"])
    func pageExamplesHaveOnlyKnownKeys(_ page: String) throws {
        let path = Repository.path("docs/topology/\(page).md")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let example = try #require(
            text.components(separatedBy: "```yaml\n").dropFirst().first?
                .components(separatedBy: "```").first)
        // They are excerpts, so services and arrivals may be missing.
        let wrong = errors(example).filter {
            !$0.message.hasPrefix("there is no service") && !$0.message.hasSuffix("is missing")
                && !$0.message.hasPrefix("nothing says")
        }
        #expect(wrong.isEmpty, "\(wrong)")
    }

    @Test("The full example of the documentation parses")
    func documentationExampleParses() throws {
        let text = try String(contentsOfFile: Repository.path("docs/topology.md"), encoding: .utf8)
        let example = try #require(
            text.components(separatedBy: "```yaml\n# Full example").dropFirst().first?
                .components(separatedBy: "```").first)
        let file = try TopologyFile.parse(text: "#" + example, name: "d.yaml", baseDirectory: "")
        #expect(file.model.services.count >= 3)
    }
}
