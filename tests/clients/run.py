"""The clients people use, against a running server: the official MCP SDK, LangChain's MCP adapter
0.1.9, LangChain's remote retriever. Usage: run.py http://127.0.0.1:8890 KEY"""
import asyncio
import sys

from langchain_community.retrievers import RemoteLangChainRetriever
from langchain_mcp_adapters.client import MultiServerMCPClient
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

ADDRESS, KEY = sys.argv[1], sys.argv[2]
HEADERS = {"Authorization": f"Bearer {KEY}"}
QUESTION, UNANSWERABLE = "身份证丢了怎么补办", "上海地铁末班车几点"


async def official_sdk():
    async with streamablehttp_client(f"{ADDRESS}/mcp", headers=HEADERS) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            assert tools == ["search_knowledge", "get_entry", "report_gap"], tools
            # The SDK checks what is told against the tool's output schema.
            told = await session.call_tool("search_knowledge", {"query": QUESTION})
            assert not told.isError and told.structuredContent["status"] == "answered", told
            entry = await session.call_tool("get_entry", {"id": told.structuredContent["entry_id"]})
            assert not entry.isError and entry.structuredContent["validity"] == "current", entry
            refused = await session.call_tool("search_knowledge", {"query": UNANSWERABLE})
            assert refused.structuredContent["status"] == "unsure", refused
            gap = await session.call_tool("report_gap", {"question": UNANSWERABLE})
            assert gap.structuredContent["reports"] >= 1, gap
            assert (await session.call_tool("get_entry", {"id": "none"})).isError


async def langchain_adapter():
    server = {"transport": "streamable_http", "url": f"{ADDRESS}/mcp", "headers": HEADERS}
    tools = {tool.name: tool for tool in await MultiServerMCPClient({"jida": server}).get_tools()}
    told = await tools["search_knowledge"].ainvoke({"query": QUESTION})
    assert "来源" in told, told


def remote_retriever():
    retriever = RemoteLangChainRetriever(url=f"{ADDRESS}/langchain/retrieve", headers=HEADERS)
    documents = retriever.invoke(QUESTION)
    assert documents and documents[0].metadata["document_id"], documents
    assert retriever.invoke(UNANSWERABLE) == []


asyncio.run(official_sdk())
print("ok: official MCP SDK")
asyncio.run(langchain_adapter())
print("ok: langchain-mcp-adapters 0.1.9")
remote_retriever()
print("ok: RemoteLangChainRetriever")
