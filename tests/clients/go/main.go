// Go programs' libraries against a running server: mcp-go calls every tool, and kin-openapi, the
// version Coze imports plugins with, reads and checks the document it is given.
// Usage: clients http://127.0.0.1:8890 KEY
package main

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

const (
	question     = "身份证丢了怎么补办"
	unanswerable = "上海地铁末班车几点"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: clients ADDRESS KEY")
	}
	address, key := os.Args[1], os.Args[2]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// With the handshake of the revisions up to then, and without one.
	for _, revision := range []string{mcp.LATEST_LEGACY_PROTOCOL_VERSION, mcp.LATEST_PROTOCOL_VERSION} {
		if err := callTools(ctx, address, key, revision); err != nil {
			log.Fatal("mcp-go ", revision, ": ", err)
		}
		fmt.Println("ok: mcp-go", revision)
	}
	if err := readDocument(ctx, address); err != nil {
		log.Fatal("kin-openapi: ", err)
	}
	fmt.Println("ok: kin-openapi 0.118")
}

func connected(ctx context.Context, address, key, revision string) (*client.Client, *mcp.InitializeResult, error) {
	headers := map[string]string{"Authorization": "Bearer " + key}
	bot, err := client.NewStreamableHttpClient(address+"/mcp", transport.WithHTTPHeaders(headers))
	if err != nil {
		return nil, nil, err
	}
	if err := bot.Start(ctx); err != nil {
		return nil, nil, err
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = revision
	hello.Params.ClientInfo = mcp.Implementation{Name: "jida-tests", Version: "1"}
	server, err := bot.Initialize(ctx, hello)
	return bot, server, err
}

func callTools(ctx context.Context, address, key, revision string) error {
	bot, server, err := connected(ctx, address, key, revision)
	if err != nil {
		return err
	}
	defer bot.Close()
	if server.ServerInfo.Name != "jida" || server.ProtocolVersion != revision {
		return fmt.Errorf("server %q speaks %s", server.ServerInfo.Name, server.ProtocolVersion)
	}
	listed, err := bot.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return err
	}
	var tools []string
	for _, tool := range listed.Tools {
		tools = append(tools, tool.Name)
	}
	if !slices.Equal(tools, []string{"search_knowledge", "get_entry", "report_gap"}) {
		return fmt.Errorf("tools %v", tools)
	}
	call := func(tool string, arguments map[string]any) (*mcp.CallToolResult, error) {
		var request mcp.CallToolRequest
		request.Params.Name, request.Params.Arguments = tool, arguments
		return bot.CallTool(ctx, request)
	}
	// What a tool tells has to have this value.
	expect := func(tool string, arguments map[string]any, field string, value any) (map[string]any, error) {
		result, err := call(tool, arguments)
		if err != nil {
			return nil, err
		}
		told, _ := result.StructuredContent.(map[string]any)
		if result.IsError || told[field] != value {
			return nil, fmt.Errorf("%s %v told %+v", tool, arguments, result)
		}
		return told, nil
	}
	answer, err := expect("search_knowledge", map[string]any{"query": question}, "status", "answered")
	if err != nil {
		return err
	}
	if _, err := expect("get_entry", map[string]any{"id": answer["entry_id"]}, "validity", "current"); err != nil {
		return err
	}
	if _, err := expect("search_knowledge", map[string]any{"query": unanswerable}, "status", "unsure"); err != nil {
		return err
	}
	if _, err := expect("report_gap", map[string]any{"question": unanswerable}, "status", "open"); err != nil {
		return err
	}
	if missing, err := call("get_entry", map[string]any{"id": "none"}); err != nil || !missing.IsError {
		return fmt.Errorf("an unknown entry: %+v %v", missing, err)
	}
	if told, err := call("drop_knowledge", nil); err == nil {
		return fmt.Errorf("an unknown tool told %+v", told)
	}
	if _, _, err := connected(ctx, address, "wrong", revision); err == nil {
		return fmt.Errorf("a wrong key was let in")
	}
	return nil
}

func readDocument(ctx context.Context, address string) error {
	at, err := url.Parse(address + "/openapi/coze.json")
	if err != nil {
		return err
	}
	document, err := openapi3.NewLoader().LoadFromURI(at)
	if err != nil {
		return err
	}
	if err := document.Validate(ctx); err != nil {
		return err
	}
	for _, tool := range []string{"search_knowledge", "get_entry", "report_gap"} {
		if item := document.Paths["/coze/"+tool]; item == nil || item.Post == nil {
			return fmt.Errorf("no POST /coze/%s", tool)
		}
	}
	return nil
}
