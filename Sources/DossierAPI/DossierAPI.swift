// DossierAPI
