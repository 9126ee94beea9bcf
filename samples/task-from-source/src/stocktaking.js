const stock = { "The Left Hand of Darkness": 3, "The Dispossessed": 0 };
for (const [title, copies] of Object.entries(stock)) console.log(`${copies} × ${title}`);
console.log(`${Object.values(stock).filter((copies) => copies === 0).length} title is to be ordered`);
